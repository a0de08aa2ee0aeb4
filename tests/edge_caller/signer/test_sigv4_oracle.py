"""botocore as the oracle: for any request that both can sign, canonical request, string to sign and signature agree.

botocore is given what no signer may change: the path as it is on the wire, the query as names and values (given a URL
it would copy the query's text), and the headers to sign.
"""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_caller.signer.sigv4 import (
    Credentials,
    canonical_request,
    credential_scope,
    format_date,
    sign,
    string_to_sign,
)

HOST = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.ap-northeast-1.on.aws"

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
# A path as a client sends it: encoded segments, and now and then an empty or a dot segment.
segments = st.one_of(text.map(lambda segment: quote(segment, safe="!$&'()*,;=:@")), st.sampled_from(["", ".", ".."]))
# botocore drops the slash after a last dot segment, which RFC 3986 (5.2.4) keeps: there the last segment is no dot.
paths = (
    st.lists(segments, max_size=5).filter(lambda s: not s or s[-1] not in (".", "..")).map(lambda s: "/" + "/".join(s))
)
parameters = st.lists(st.tuples(text.filter(bool), text), max_size=5)
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
names = st.from_regex(r"[Xx]-[Aa]mz-[a-z]{1,8}", fullmatch=True).filter(
    lambda name: name.lower() not in ("x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
)
# botocore folds any white space of Unicode, AWS's rule names spaces: values of this kind have no other.
values = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=20)
dates = st.datetimes(
    datetime(2015, 1, 1),
    datetime(2035, 1, 1),
    timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@settings(max_examples=150)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    path=paths,
    query=parameters,
    headers=st.lists(st.tuples(names, values), max_size=4),
    payload=st.binary(max_size=64),
    secret=tokens,
    token=st.none() | tokens,
    region=st.sampled_from(["ap-northeast-1", "us-gov-west-1"]),
    service=st.sampled_from(["lambda", "execute-api"]),
    timestamp=dates,
)
@example("GET", "/", [], [], b"", "s", None, "ap-northeast-1", "lambda", datetime(2026, 1, 1, tzinfo=UTC))
@example("GET", "//a/../b/", [("b", "1"), ("a", "2"), ("a", "10")], [("x-amz-a", " 1  2 "), ("X-Amz-a", "0")], b"x",
         "s", "t", "ap-northeast-1", "lambda", datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
def test_any_request_is_signed_as_botocore_signs_it(
    method: str,
    path: str,
    query: list[tuple[str, str]],
    headers: list[tuple[str, str]],
    payload: bytes,
    secret: str,
    token: str | None,
    region: str,
    service: str,
    timestamp: datetime,
) -> None:
    target = path
    if query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    signed = [("Host", HOST), *headers]
    credentials = Credentials("AKIALOCAL00000000001", secret, token)
    added = sign(
        method,
        target,
        signed,
        payload,
        credentials=credentials,
        region=region,
        service=service,
        timestamp=timestamp,
    )

    amz_date = timestamp.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    oracle = SigV4Auth(BotocoreCredentials(credentials.access_key_id, secret, token), service, region)
    request = AWSRequest(method, f"https://{HOST}{path}", data=payload, params=query)
    for name, value in [*signed, ("X-Amz-Date", amz_date), ("X-Amz-Security-Token", token)]:
        if value is not None:
            request.headers.add_header(name, value)
    request.context["timestamp"] = amz_date
    expected_canonical = oracle.canonical_request(request)
    expected_text = oracle.string_to_sign(request, expected_canonical)

    ours = [*signed, *((name, value) for name, value in added.items() if name != "Authorization")]
    canonical = canonical_request(method, target, ours, payload)
    assert canonical == expected_canonical
    assert (
        string_to_sign(format_date(timestamp), credential_scope(amz_date, region, service), canonical) == expected_text
    )
    assert added["Authorization"].rpartition("Signature=")[2] == oracle.signature(expected_text, request)
    assert f"SignedHeaders={oracle.signed_headers(oracle.headers_to_sign(request))}," in added["Authorization"]
