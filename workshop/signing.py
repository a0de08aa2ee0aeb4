"""Chapter 3: the learner's signature, compared with the signer's step by step, so that the first mistake is shown."""

import difflib
import runpy
from pathlib import Path
from typing import Any

from edge_caller.signer import sigv4
from policies.function import Function
from workshop.differs import Differs

FUNCTION = Function()
AMZ_DATE = "20260102T030405Z"
HEADERS = {"host": FUNCTION.domain_name, "x-amz-date": AMZ_DATE}
KEY = sigv4.Credentials("AKIALOCAL00000000001", "any-secret")
REQUESTS = [
    ("GET", "/", b""),
    ("GET", "/items/42?q=hello&limit=10", b""),
    ("GET", "/items/42?b=2&a=2&a=1", b""),
    ("POST", "/a%20path?q=%E3%81%82", b'{"item": 42}'),
]
LINES = ("HTTP method", "canonical URI", "canonical query string", *["canonical headers"] * (len(HEADERS) + 1))


def check_signing(folder: Path) -> list[str]:
    """The headers of one signed request. Each step for all requests before the next. Raises Differs."""
    canonical = runpy.run_path(str(folder / "canonical_request.py"))
    signing = runpy.run_path(str(folder / "signature.py"))
    wanted = []
    for method, target, payload in REQUESTS:
        query = target.partition("?")[2]
        compare("canonical query string", sigv4.canonical_query_string(query), canonical, query)
        wanted.append(sigv4.canonical_request(method, target, HEADERS.items(), payload))
    for (method, target, payload), text in zip(REQUESTS, wanted, strict=True):
        compare("canonical request", text, canonical, method, target, HEADERS, payload)
    scope = sigv4.credential_scope(AMZ_DATE, FUNCTION.region, "lambda")
    texts = [sigv4.string_to_sign(AMZ_DATE, scope, text) for text in wanted]
    for text, request in zip(texts, wanted, strict=True):
        compare("string to sign", text, signing, AMZ_DATE, scope, request)
    parts = (AMZ_DATE[:8], FUNCTION.region, "lambda")
    key = sigv4.signing_key(KEY, *parts)
    compare("signing key", key, signing, KEY.secret_access_key, *parts)
    for text in texts:
        compare("signature", sigv4.calculate_signature(key, text), signing, key, text)
    return [f"{name}: {value}" for name, value in signed(signing, scope, sigv4.calculate_signature(key, texts[0]))]


def signed(signing: dict[str, Any], scope: str, signature: str) -> list[tuple[str, str]]:
    names = ";".join(HEADERS)
    wanted = f"AWS4-HMAC-SHA256 Credential={KEY.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    compare("Authorization header", wanted, signing, KEY.access_key_id, scope, names, signature)
    return [("Host", FUNCTION.domain_name), ("X-Amz-Date", AMZ_DATE), ("Authorization", wanted)]


def compare(step: str, wanted: str | bytes, functions: dict[str, Any], *arguments: object) -> None:
    """Raises Differs with the lines of this step that differ, and the hint for the first of them."""
    given = functions[function_of(step)](*arguments)
    if given == wanted:
        return
    if type(given) is not type(wanted):
        names = (type(wanted).__name__, type(given).__name__)
        raise Differs("wrong_type", hint=step, function=function_of(step), wanted=names[0], given=names[1])
    wanted_lines, given_lines = lines_of(wanted), lines_of(given)
    lines = [*difflib.unified_diff(given_lines, wanted_lines, lineterm="", n=99)][2:]
    shown = tuple(f"  {line}".rstrip() for line in lines if not line.startswith("@@"))
    part = step
    if step == "canonical request":
        pairs = enumerate(zip(wanted_lines, given_lines, strict=False))
        first = next((i for i, (one, other) in pairs if one != other), len(LINES))
        part = (*LINES, "signed headers", step)[min(first, len(LINES) + 1)]
    raise Differs("differs", hint=part, shown=shown, step=step)


def function_of(step: str) -> str:
    return {"Authorization header": "authorization"}.get(step, step.replace(" ", "_"))


def lines_of(value: object) -> list[str]:
    return (value.hex() if isinstance(value, bytes) else str(value)).split("\n")
