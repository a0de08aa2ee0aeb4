"""The mistakes of the matrix: what each changes in the signer, or in the request on its way, and its code."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from tests.local_aws.mistaken import TARGET, Signer, header_lines, strict
from tests.local_aws.signing import NOW, Request

Change = Callable[[Signer], Signer]
Sent = Callable[[Request], Request]

SENT = TARGET.partition("?")[2]
UNKNOWABLE = ("user-agent dropped",)
"""Nobody can recompute what was signed: no pair is proved with them."""


@dataclass(frozen=True)
class Made:
    """`part` tells what may stand beside it in a pair; `when` says for which signers it is a mistake at all."""

    codes: tuple[str, ...]
    change: Change
    part: str
    sent: Sent = lambda request: request
    when: Callable[[Signer], bool] = lambda signer: True


def made(codes: str, part: str, when: Callable[[Signer], bool] = lambda signer: True, **steps: Any) -> Made:
    return Made(tuple(codes.split()), lambda signer: signer.but(**steps), part, when=when)


def way(codes: str, part: str, sent: Sent, when: Callable[[Signer], bool] = lambda s: True, **steps: Any) -> Made:
    return Made(tuple(codes.split()), lambda signer: signer.but(**steps), part, sent, when)


def has_body(signer: Signer) -> bool:
    return bool(signer.body)


def in_headers(signer: Signer) -> bool:
    return not signer.presigned


def is_temporary(signer: Signer) -> bool:
    return signer.token is not None


def typed(signer: Signer) -> bool:
    return any(name == "content-type" for name, _ in signer.headers)


def serialised(**options: Any) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(json.loads(body), **options).encode()


def in_capitals(pairs: list[tuple[str, str]]) -> str:
    return header_lines([(name.title(), value) for name, value in pairs])


def key_of(first: str = "AWS4", region: str = "", service: str = "", steps: int = 4) -> Callable[..., bytes]:
    def key(secret: str, date: str, own_region: str, own_service: str) -> bytes:
        value = (first + secret).encode()
        for part in (date, region or own_region, service or own_service, "aws4_request")[:steps]:
            value = hmac.new(value, part.encode(), "sha256").digest()
        return value

    return key


def retyped(value: str) -> Sent:
    return lambda request: request.with_header("content-type", value)


def replaced(old: str, new: str) -> Sent:
    return lambda request: request.but(target=request.target.replace(old, new, 1))


def with_value(name: str, came: str) -> Sent:
    return lambda request: request.with_header(name, came)


def signing(*headers: tuple[str, str]) -> Change:
    return lambda signer: signer.but(headers=(*signer.headers, *headers))


def on_the_way(code: str, name: str, signed: str, came: str | None) -> Made:
    def sent(request: Request) -> Request:
        return request.without(name) if came is None else request.with_header(name, came)

    return Made((code,), signing((name, signed)), f"header {name}", sent)


MISTAKES: dict[str, Made] = {
    # The path.
    "path as sent (S3's way)": made("path_as_sent", "path", path=lambda p: p),
    "path decoded": made("path_decoded", "path", path=unquote),
    "path decoded, then encoded twice": made("path_reencoded", "path", path=lambda p: quote(quote(unquote(p)))),
    "path encoded too often": made("path_encoded_too_often", "path", path=lambda p: quote(quote(p))),
    "path's last slash lost": made("path_slash_added", "path", path=lambda p: quote(p) + "/"),
    "path's last slash won": way("path_slash_lost", "path", replaced("(1)?", "(1)/?")),
    "path in lower case": made("path_lower_case", "path", path=lambda p: quote(p).lower()),
    "path left out": made("path_left_out", "path", path=lambda p: "/"),
    "path and query together": made(
        "path_with_query", "path", in_headers, canonical=lambda p: "\n".join([p[0], f"{p[1]}?{SENT}", "", *p[3:]])
    ),
    "prefix added by a proxy": way("path_prefix_added", "path", lambda r: r.but(target="/api" + r.target)),
    "prefix removed by a proxy": made("path_prefix_removed", "path", path=lambda p: "/prod" + quote(p)),
    "path with encodeURIComponent": made("path_marks_unencoded", "path", path=lambda p: quote(p, safe="/~!'()*")),
    # The query.
    "query left out": made("query_left_out", "query", in_headers, query=lambda q: ""),
    "query as sent": made("query_as_sent", "query", query=lambda q: q),
    "query unsorted": made(
        "query_unsorted", "query", query=lambda q: "&".join(p if "=" in p else p + "=" for p in q.split("&"))
    ),
    "query decoded": made("query_decoded", "query", in_headers, query=lambda q: unquote(strict(q))),
    "query encoded twice": made("query_encoded_twice", "query", query=lambda q: strict(q).replace("%", "%25")),
    "query's spaces as +": made("query_form_encoded", "query", query=lambda q: strict(q).replace("%20", "+")),
    "a + signed as a space": way("query_plus_as_space", "query", replaced("hello%20world", "hello+world")),
    "a flag without =": made("query_flag_without_equals", "query", query=lambda q: strict(q).replace("flag=", "flag")),
    "a parameter added after signing": way(
        "query_parameter_left_out", "query", replaced("flag", "flag&utm_source=mail")
    ),
    "question mark signed": made("query_with_question_mark", "query", query=lambda q: "?" + strict(q)),
    "hexadecimal in lower case": made(
        "query_hex_lower_case", "query", query=lambda q: strict(q).replace("%2F", "%2f"), target="/a%20b?u=a%2Fb&v=1"
    ),
    # Method, layout.
    "another method": way("method_differs", "method", lambda r: r.but(method="PUT")),
    "method in lower case": made("method_case", "method", signed_method=str.lower),
    "names in capitals": made("header_names_capitals", "lines", lines=in_capitals),
    "names in capitals everywhere": made(
        "header_names_capitals",
        "lines",
        lines=in_capitals,
        names=lambda names: ";".join(name.title() for name in names),
        claimed_names=lambda names: names.title(),
    ),
    "SignedHeaders unsorted": made(
        "signed_headers_unsorted",
        "lines",
        in_headers,
        names=lambda names: ";".join(reversed(names)),
        claimed_names=lambda names: ";".join(reversed(names.split(";"))),
        lines=lambda pairs: header_lines(list(reversed(pairs))),
    ),
    "SignedHeaders joined by commas": made("signed_headers_separator", "lines", in_headers, names=",".join),
    "blank line missing": made("blank_line_missing", "lines", lines=lambda pairs: header_lines(pairs)[:-1]),
    "space after the colon": made(
        "header_space_after_colon", "lines", lines=lambda pairs: header_lines([(n, " " + v) for n, v in pairs])
    ),
    "canonical request with a line feed": made(
        "canonical_line_feed", "text", canonical=lambda parts: "\n".join(parts) + "\n"
    ),
    "CR LF": made("canonical_crlf", "text", canonical=lambda parts: "\n".join(parts).replace("\n", "\r\n")),
    "payload hash missing": made("payload_hash_missing", "payload", canonical=lambda parts: "\n".join(parts[:5])),
    # Host and other headers.
    "host without its port": way(
        "host_without_port", "header host", with_value("host", "127.0.0.1:9000"), host="127.0.0.1"
    ),
    "host of the Function URL": way(
        "host_differs",
        "header host",
        with_value("host", "127.0.0.1:9000"),
        host="local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws",
    ),
    "host with :443": way(
        "host_with_default_port", "header host", with_value("host", "a.example"), host="a.example:443"
    ),
    "host changed by a proxy": way(
        "host_changed_by_proxy",
        "header host",
        lambda r: r.with_header("host", "127.0.0.1:9000").with_header("x-forwarded-host", "shop.example"),
        host="shop.example",
    ),
    "host is a URL": way("host_is_url", "header host", with_value("host", "a.example"), host="https://a.example"),
    "charset added": way(
        "content_type_charset", "header content-type", retyped("application/json; charset=utf-8"), typed
    ),
    "charset of fetch": way(
        "content_type_charset", "header content-type", retyped("application/json;charset=UTF-8"), typed
    ),
    "content type replaced": way("content_type_differs", "header content-type", retyped("text/plain"), typed),
    "content type lost": way(
        "signed_header_missing", "header content-type", lambda r: r.without("content-type"), typed
    ),
    "te dropped": on_the_way("signed_header_missing", "te", "trailers", None),
    "connection changed": on_the_way("header_changed_on_the_way", "connection", "keep-alive", "close"),
    "accept-encoding changed": on_the_way("header_changed_on_the_way", "accept-encoding", "gzip, deflate", "gzip, br"),
    "x-forwarded-proto changed": on_the_way("header_changed_on_the_way", "x-forwarded-proto", "http", "https"),
    "user-agent dropped": on_the_way("signed_header_missing", "user-agent", "my-client/1.0", None),
    "a value not folded": Made(
        ("header_not_folded",),
        lambda s: s.but(headers=(*s.headers, ("x-note", "a   b")), values=lambda name, value: value),
        "header x-note",
    ),
    # The body.
    "body not signed": made("body_not_signed", "payload", has_body, signed_body=lambda b: b""),
    "UNSIGNED-PAYLOAD": made("payload_unsigned", "payload", payload=lambda b: "UNSIGNED-PAYLOAD"),
    "JSON compact": made(
        "body_json_form", "payload", has_body, signed_body=serialised(separators=(",", ":"), ensure_ascii=False)
    ),
    "JSON escaped": made("body_json_ascii", "payload", has_body, signed_body=serialised()),
    "JSON compact and escaped": made(
        "body_json_ascii", "payload", has_body, signed_body=serialised(separators=(",", ":"))
    ),
    "JSON indented": made("body_json_form", "payload", has_body, signed_body=serialised(indent=2, ensure_ascii=False)),
    "JSON sorted": made(
        "body_json_sorted", "payload", has_body, signed_body=serialised(sort_keys=True, ensure_ascii=False)
    ),
    "JSON twice": made("body_json_twice", "payload", has_body, signed_body=lambda b: json.dumps(b.decode()).encode()),
    "line feed lost": made("body_line_feed", "payload", has_body, signed_body=lambda b: b + b"\n"),
    "line feed won": way("body_line_feed", "payload", lambda r: r.but(body=r.body + b"\n"), has_body),
    "body in base64": made("body_base64", "payload", has_body, signed_body=b64encode),
    "body in Latin-1": made("body_charset", "payload", has_body, signed_body=lambda b: b.decode().encode("latin-1")),
    "hash in capitals": made("payload_hash_form", "payload", payload=lambda b: sha256(b).hexdigest().upper()),
    "hash of the hash": made(
        "payload_hash_form", "payload", payload=lambda b: sha256(sha256(b).hexdigest().encode()).hexdigest()
    ),
    # Secret and key.
    "secret with a line feed": made("secret_with_blank", "key", secret=lambda s: s + "\n"),
    "secret with a blank before": made("secret_with_blank_before", "key", secret=lambda s: " " + s),
    "secret in quotes": made("secret_quoted", "key", secret=lambda s: f'"{s}"'),
    "secret of another": made("secret_of_another", "key", secret=lambda s: "local-secret-of-article-2024-not-real--3"),
    "secret in base64": made("secret_base64", "key", secret=lambda s: b64encode(s.encode()).decode()),
    "secret cut": made("secret_cut", "key", secret=lambda s: s[:-1]),
    "secret undefined": made("secret_empty", "key", secret=lambda s: "undefined"),
    "token as secret": made(
        "secret_is_token", "key", is_temporary, secret=lambda s: "local-session-token-not-a-real-one"
    ),
    "AWS4 missing": made("key_aws4_missing", "key", key=key_of("")),
    "key of another region": made("key_region", "key", key=key_of(region="us-east-1")),
    "key of execute-api": made("key_service", "key", key=key_of(service="execute-api")),
    "key without its last step": made("key_steps", "key", key=key_of(steps=3)),
    "secret itself as key": made("key_not_derived", "key", key=lambda secret, *_: secret.encode()),
    # String to sign, signature, time.
    "canonical request not hashed": made(
        "text_not_hashed", "text", to_sign=lambda c, date, scope: f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{c}"
    ),
    "signature in capitals": made("signature_upper_case", "signature", signature=str.upper),
    "signature in base64": made(
        "signature_base64", "signature", signature=lambda s: b64encode(bytes.fromhex(s)).decode()
    ),
    "signature cut": made("signature_cut", "signature", signature=lambda s: s[:40]),
    "clock read twice": made("clock_read_twice", "time", signed_at=NOW + timedelta(seconds=1)),
    "expiry changed": way(
        "query_expires_changed", "query", replaced("X-Amz-Expires=300", "X-Amz-Expires=299"), lambda s: s.presigned
    ),
    "token added after presigning": made(
        "query_token_left_out",
        "query",
        lambda s: s.presigned and is_temporary(s),
        query=lambda q: strict("&".join(p for p in q.split("&") if not p.startswith("X-Amz-Security-Token"))),
    ),
}
