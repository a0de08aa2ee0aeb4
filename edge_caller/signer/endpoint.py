"""The region and service of a host, where the host names them.

It knows no list of AWS's services: where a service signs under another name than its host's (`email` as `ses`), the
service must be given.
Source: AWS General Reference, "AWS service endpoints"; AWS Lambda Developer Guide, "Lambda function URLs".
"""

import re
from functools import lru_cache

from edge_caller.signer.errors import SigningError

match_host = re.compile(
    r".+\.lambda-url\.(?P<url_region>[a-z0-9-]+)\.on\.aws"
    r"|(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com"
).fullmatch


def region_of_host(host: str) -> str | None:
    """The region that an AWS host names, None for any other host."""
    found = match_host(host)
    return (found["url_region"] or found["region"]) if found else None


@lru_cache(maxsize=64)
def region_and_service(host: str, region: str | None = None, service: str | None = None) -> tuple[str, str]:
    """The region and service to sign for: those given, else the host's, else `lambda`. Raises SigningError."""
    found = match_host(host)
    region = region or region_of_host(host)
    service = service or (found["service"] if found else None) or "lambda"
    if not region:
        raise SigningError(f"the host {host!r} names no AWS region: pass region=, such as 'ap-northeast-1'")
    if service == "s3":
        raise SigningError("S3 signs in a way of its own, which this signer leaves out: use botocore for S3")
    return region, service
