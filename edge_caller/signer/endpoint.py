"""The region and service that a signature is for, read from the host where it names them.

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


@lru_cache(maxsize=64)
def scope_of_host(host: str) -> tuple[str | None, str | None]:
    """The region and service of `<id>.lambda-url.<region>.on.aws` or `<service>.<region>.amazonaws.com`, else None."""
    found = match_host(host)
    if not found:
        return None, None
    return found["url_region"] or found["region"], found["service"] or "lambda"


def scope_for(host: str, region: str | None, service: str | None) -> tuple[str, str]:
    """The region and service to sign for: those given, else the host's, else `lambda`. Raises SigningError."""
    host_region, host_service = scope_of_host(host)
    region, service = region or host_region, service or host_service or "lambda"
    if not region:
        raise SigningError(f"the host {host!r} names no AWS region: pass region=, such as 'ap-northeast-1'")
    if service == "s3":
        raise SigningError("S3 signs in a way of its own, which this signer leaves out: use botocore for S3")
    return region, service
