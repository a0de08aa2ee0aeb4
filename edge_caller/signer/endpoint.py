"""The region and service to sign for, read from an AWS host.

https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

import re
from functools import lru_cache

from edge_caller.signer.errors import SigningError

# Services that sign under their host's name. Another one may not (`email` signs as `ses`), so it must be given.
SERVICES = "dynamodb|events|kms|lambda|s3|secretsmanager|sns|sqs|ssm|states|sts"

# `us-east-1`, `eusc-de-east-1`, `us-isob-west-1`.
REGION = "[a-z]{2,4}(?:-[a-z]+)+-[0-9]+"

# AWS's domains in all partitions. Dual-stack endpoints add `api.`, Function URLs `on.`.
# UNVERIFIED (signed): the hosts of Function URLs outside `on.aws`; settled by a run in such a partition.
AWS_DOMAINS = (
    r"(?:amazonaws\.(?:com|com\.cn|eu)|aws|amazonwebservices\.(?:com\.cn|eu)|(?:c2s|csp\.hci|aws|aws\.hci)\.ic\.gov"
    r"|sc2s\.sgov\.gov|aws\.scloud|(?:cloud|cloud-aws)\.adc-e\.uk)\.?"
)
AWS_HOST = re.compile(rf"(?:.+\.)?{AWS_DOMAINS}")
AWS_ENDPOINT = re.compile(
    rf"(?:(?P<service>{SERVICES})(?:-fips)?|(?P<function_url>[a-z0-9-]+\.lambda-url)|.+)"
    rf"\.(?P<region>{REGION})\.(?:(?:api|on)\.)?{AWS_DOMAINS}"
)

# The domain of each partition that has another one than amazonaws.com, by the first words of its regions.
PARTITION_DOMAINS = {
    "cn": "amazonaws.com.cn",
    "eusc": "amazonaws.eu",
    "us-iso": "c2s.ic.gov",
    "us-isob": "sc2s.sgov.gov",
    "us-isof": "csp.hci.ic.gov",
    "eu-isoe": "cloud.adc-e.uk",
}


def regional_endpoint(service: str, region: str) -> str:
    """The address of a service's API in a region: `https://sts.us-east-1.amazonaws.com`. Raises SigningError."""
    if not re.fullmatch(REGION, region):
        raise SigningError(f"{region!r} isn't a region: expected one such as ap-northeast-1")
    first, second = region.split("-")[:2]
    domain = PARTITION_DOMAINS.get(first) or PARTITION_DOMAINS.get(f"{first}-{second}", "amazonaws.com")
    return f"https://{service}.{region}.{domain}"


def region_of_host(host: str) -> str | None:
    """The region that an AWS host names, None for any other host."""
    endpoint = AWS_ENDPOINT.fullmatch(host.lower())
    return endpoint["region"] if endpoint else None


def service_of_host(host: str) -> str | None:
    """The service of an AWS host that is known to sign under this name. `lambda` for any host that isn't AWS's."""
    endpoint = AWS_ENDPOINT.fullmatch(host.lower())
    if endpoint:
        return endpoint["service"] or ("lambda" if endpoint["function_url"] else None)
    return None if AWS_HOST.fullmatch(host.lower()) else "lambda"


@lru_cache(maxsize=64)
def region_and_service(host: str, region: str | None = None, service: str | None = None) -> tuple[str, str]:
    """The region and service to sign for: the given ones, else those of the host. Raises SigningError."""
    region, service = region or region_of_host(host), service or service_of_host(host)
    if not service:
        raise SigningError(
            f"the AWS host {host!r} doesn't say which service it signs for: pass region= and service=, "
            "such as region='us-east-1', service='execute-api'"
        )
    if not region:
        raise SigningError(f"the host {host!r} names no AWS region: pass region=, such as 'ap-northeast-1'")
    if service == "s3":
        raise SigningError("S3 signs in a way of its own, which this signer leaves out: use botocore for S3")
    return region, service
