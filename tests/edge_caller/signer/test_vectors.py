"""AWS's own signing vectors, where SIGV4_VECTORS names a file of them: canonical request, string to sign, signature."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edge_caller.signer.presign import presign
from edge_caller.signer.sigv4 import (
    Credentials,
    calculate_signature,
    canonical_request,
    credential_scope,
    format_date,
    sign,
    signing_key,
    string_to_sign,
)

FILE = os.environ.get("SIGV4_VECTORS")
CASES: list[dict[str, Any]] = json.loads(Path(FILE).read_text("utf-8"))["cases"] if FILE else []


def is_lambdas(case: dict[str, Any]) -> bool:
    """Not S3's path, which is signed as it stands, and nothing that no client sends (bare UTF-8, folded headers)."""
    return bool(case["flags"]["normalize"]) and not case["limits"]


HEADER_CASES = [case for case in CASES if is_lambdas(case)]
QUERY_CASES = [case for case in HEADER_CASES if case.get("query")]


def credentials_of(case: dict[str, Any]) -> Credentials:
    token = None if case["flags"]["omit_session_token"] else case["session_token"]
    return Credentials(case["access_key"], case["secret_key"], token)


def timestamp_of(case: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(case["timestamp"])


def check_steps(case: dict[str, Any], expected: dict[str, Any], target: str, headers: list[tuple[str, str]]) -> None:
    amz_date = format_date(timestamp_of(case))
    canonical = canonical_request(case["method"], target, headers, case["body"].encode())
    assert canonical == expected["canonical_request"]
    text = string_to_sign(amz_date, credential_scope(amz_date, case["region"], case["service"]), canonical)
    assert text == expected["string_to_sign"]
    key = signing_key(credentials_of(case), amz_date[:8], case["region"], case["service"])
    assert calculate_signature(key, text) == expected["signature"]


pytestmark = pytest.mark.skipif(FILE is None, reason="SIGV4_VECTORS names no file of AWS's signing vectors")


def test_the_file_has_cases_of_both_kinds() -> None:
    assert len(HEADER_CASES) > 20
    assert len(QUERY_CASES) > 20


@pytest.mark.parametrize("case", HEADER_CASES, ids=lambda case: case["name"])
def test_a_signed_request_is_as_aws_has_it(case: dict[str, Any]) -> None:
    headers = [(name, value) for name, value in case["headers"] if name != "X-Amz-Date"]  # sign() adds it
    if case["flags"]["sign_body"]:
        headers.append(("x-amz-content-sha256", case["header"]["canonical_request"].rpartition("\n")[2]))
    credentials = credentials_of(case)
    added = sign(
        case["method"],
        case["target"],
        headers,
        case["body"].encode(),
        credentials=credentials,
        region=case["region"],
        service=case["service"],
        timestamp=timestamp_of(case),
    )
    signed = [*headers, *((name, value) for name, value in added.items() if name != "Authorization")]
    check_steps(case, case["header"], case["target"], signed)
    assert added["Authorization"] == case["header"]["authorization"]


@pytest.mark.parametrize("case", QUERY_CASES, ids=lambda case: case["name"])
def test_a_presigned_request_is_as_aws_has_it(case: dict[str, Any]) -> None:
    target, _, _ = case["query"]["signed_target"].partition("&X-Amz-Signature=")
    headers = [(name, value) for name, value in case["headers"]]
    if case["flags"]["omit_session_token"]:
        target = "&".join(pair for pair in target.split("&") if not pair.startswith("X-Amz-Security-Token="))
    check_steps(case, case["query"], target, headers)


@pytest.mark.parametrize(
    "case",
    [case for case in QUERY_CASES if len(case["headers"]) == 1 and not case["body"]],
    ids=lambda case: case["name"],
)
def test_presign_makes_the_signature_that_aws_has(case: dict[str, Any]) -> None:
    url = presign(
        f"https://{case['headers'][0][1]}{case['target']}",
        method=case["method"],
        credentials=credentials_of(case),
        region=case["region"],
        service=case["service"],
        timestamp=timestamp_of(case),
        expires_seconds=case["expires"],
    )
    assert url.rpartition("&X-Amz-Signature=")[2] == case["query"]["signature"]
