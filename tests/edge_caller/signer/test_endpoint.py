"""The region and service of a host. The oracle is botocore's data: every partition, region, service and variant."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.endpoint_provider import EndpointProvider

from edge_caller.signer.endpoint import SERVICES, region_and_service, region_of_host, regional_endpoint
from edge_caller.signer.errors import SigningError

DATA = Path(botocore.__file__).parent / "data"
PARTITIONS: Any = json.loads((DATA / "partitions.json").read_text("utf-8"))
REGIONS = {name for partition in PARTITIONS["partitions"] for name in partition["regions"] if "-global" not in name}


def rules_of(service: str) -> EndpointProvider:
    file = max((DATA / service).glob("*/endpoint-rule-set-1.json.gz"))
    return EndpointProvider(json.loads(gzip.decompress(file.read_bytes())), PARTITIONS)


def test_botocores_data_holds_every_partition() -> None:
    assert {"us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1"} < {
        *REGIONS
    }


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_every_lambda_endpoint_names_its_region(region: str) -> None:
    rules = rules_of("lambda")
    for fips in (False, True):
        for dual_stack in (False, True):
            url = rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack).url
            host = url.removeprefix("https://")
            assert region_and_service(host) == (region, "lambda"), host
            assert region_and_service(host.upper() + ".") == (region, "lambda"), host


@pytest.mark.parametrize(("service", "more"), [("lambda", {}), ("sts", {"UseGlobalEndpoint": False})])
@pytest.mark.parametrize("region", sorted(REGIONS))
def test_the_endpoint_of_every_region_is_botocores(region: str, service: str, more: dict[str, bool]) -> None:
    endpoint = rules_of(service).resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False, **more)
    assert regional_endpoint(service, region) == endpoint.url


@pytest.mark.parametrize("region", ["", "tokyo", "ap-northeast", "ap-northeast-1\n", "ap-northeast-\u0661"])
def test_what_is_no_region_has_no_endpoint(region: str) -> None:
    with pytest.raises(SigningError, match="expected one such as ap-northeast-1"):
        regional_endpoint("sts", region)


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_every_function_url_names_its_region(region: str) -> None:
    dual_stack = next(p["outputs"]["dualStackDnsSuffix"] for p in PARTITIONS["partitions"] if region in p["regions"])
    for domain in ("on.aws", "on." + dual_stack.removeprefix("api.")):
        host = f"abcdefghijklmnopqrstuvwxyz012345.lambda-url.{region}.{domain}"
        assert region_and_service(host) == (region, "lambda")
        assert region_of_host(host) == region


def signing_names() -> dict[str, str]:
    """The name that each service signs under, by the prefix of its hosts."""
    names = {}
    for folder in DATA.iterdir():
        if folder.is_dir() and (files := list(folder.glob("*/service-2.json.gz"))):
            with gzip.open(max(files)) as file:
                metadata = file.read(4000).decode()
            prefix = re.search('"endpointPrefix": *"([^"]+)"', metadata)
            name = re.search('"signingName": *"([^"]+)"', metadata)
            assert prefix, folder
            names[prefix[1]] = (name or prefix)[1]
    return names


SIGNING_NAMES = signing_names()


def endpoints() -> dict[str, set[tuple[str, str]]]:
    """Each host in botocore's data, with the regions and services that it is signed for."""
    found: dict[str, set[tuple[str, str]]] = {}
    for partition in json.loads((DATA / "endpoints.json").read_text("utf-8"))["partitions"]:
        suffixes = {variant["dnsSuffix"] for variant in partition["defaults"]["variants"]} | {partition["dnsSuffix"]}
        for prefix, service in partition["services"].items():
            name = SIGNING_NAMES.get(prefix)
            for region, endpoint in service["endpoints"].items():
                variants = [endpoint, *endpoint.get("variants", [])]
                region = endpoint.get("credentialScope", {}).get("region", region)
                if region not in REGIONS:  # mturk's "sandbox"
                    continue
                hosts = {variant["hostname"] for variant in variants if "hostname" in variant}
                for suffix in suffixes:
                    hosts |= {f"{prefix}.{region}.{suffix}", f"{prefix}-fips.{region}.{suffix}"}
                for host in hosts if name else ():
                    found.setdefault(host, set()).add((region, str(name)))
    return found


ENDPOINTS = endpoints()


def test_no_host_of_any_service_is_signed_for_the_wrong_one() -> None:
    wrong, understood = {}, set()
    for host, right in ENDPOINTS.items():
        try:
            read = region_and_service(host)
        except SigningError:
            continue
        understood.add(read[1])
        if read not in right:
            wrong[host] = read
    assert not wrong
    assert understood == {*SERVICES.split("|")} - {"s3"}


def test_no_region_of_a_host_is_wrong() -> None:
    read = {host: region_of_host(host) for host in ENDPOINTS}
    assert not {host: region for host, region in read.items() if region and region not in dict(ENDPOINTS[host])}
    assert sum(region is not None for region in read.values()) > 5000


@pytest.mark.parametrize("prefix", sorted(prefix for prefix, name in SIGNING_NAMES.items() if prefix != name))
def test_a_service_with_another_signing_name_must_be_given(prefix: str) -> None:
    host = f"{prefix}.eu-central-1.amazonaws.com"
    with pytest.raises(SigningError, match=r"doesn't say which service it signs for: pass region= and service="):
        region_and_service(host, "eu-central-1")
    name = SIGNING_NAMES[prefix]
    if name != "s3":
        assert region_and_service(host, service=name) == ("eu-central-1", name)


@pytest.mark.parametrize(
    "host",
    [
        "iam.amazonaws.com",
        "amazonaws.com",
        "abc123.execute-api.us-east-1.amazonaws.com",
        "search-x.us-east-1.es.amazonaws.com",
        "bucket.s3.us-east-1.amazonaws.com",
        "vpce-1-2.lambda.us-east-1.vpce.amazonaws.com",
        "balancer-1.us-east-1.elb.amazonaws.com",
        "email.cn-north-1.amazonaws.com.cn",
        "bedrock-runtime.us-east-1.api.aws",
        "lambda.aws-global.amazonaws.com",
        "lambda-url.eu-central-1.on.aws",
        "abc123.lambda-url.on.aws",
        "abc123.lambda-uri.eu-central-1.on.aws",
        "other.eusc-de-east-1.amazonaws.eu",
        "other.us-iso-east-1.c2s.ic.gov",
        "other.aws",
        "OTHER.AMAZONAWS.COM",
        "iam.amazonaws.com.",
    ],
)
def test_an_aws_host_that_is_not_understood_is_never_signed_for_lambda(host: str) -> None:
    with pytest.raises(SigningError, match=r"^the AWS host '.*' doesn't say .*: pass region= and service="):
        region_and_service(host, "us-east-1")
    assert region_and_service(host, "us-east-1", "execute-api") == ("us-east-1", "execute-api")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::1", "localhost", "api.example.com", "lambda.eu-central-1.amazonaws.com.example.org", "myaws",
     "notamazonaws.com", "d111111abcdef8.cloudfront.net", "lambda.us-east-1.example.com"],
)  # fmt: skip
def test_any_other_host_is_lambdas_in_a_given_region(host: str) -> None:
    assert region_of_host(host) is None
    assert region_and_service(host, "us-east-1") == ("us-east-1", "lambda")
    with pytest.raises(SigningError, match=f"the host '{host}' names no AWS region: pass region="):
        region_and_service(host)


def test_given_values_win_over_the_host() -> None:
    assert region_and_service("sts.eu-central-1.amazonaws.com", "us-east-1", "iam") == ("us-east-1", "iam")


@pytest.mark.parametrize(("host", "service"), [("s3.eu-central-1.amazonaws.com", None), ("127.0.0.1", "s3")])
def test_rejects_s3(host: str, service: str | None) -> None:
    with pytest.raises(SigningError, match="S3 signs in a way of its own, which this signer leaves out: use botocore"):
        region_and_service(host, "eu-central-1", service)
