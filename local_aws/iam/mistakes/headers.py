"""Mistakes in the values of the signed headers, and headers that change on the way."""

from collections.abc import Iterator

from local_aws.iam.mistakes.mistake import Case, Mistake, in_header

TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "text/html",
    "application/octet-stream",
    "application/xml",
    "multipart/form-data",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
)
CHARSETS = ("; charset=utf-8", ";charset=utf-8", "; charset=UTF-8", ";charset=UTF-8", '; charset="utf-8"')
MAX_HEADERS = 30
LOOPBACKS = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0")  # noqa: S104 - compared, not listened on

# Headers that clients, proxies or AWS's front add, drop or change, with the values that they usually have.
ON_THE_WAY = {
    "te": ("trailers",),
    "connection": ("keep-alive", "close", "Keep-Alive", "upgrade", "TE"),
    "accept": ("*/*", "application/json", "application/json, text/plain, */*", "application/json,*/*"),
    "accept-encoding": (
        "gzip",
        "identity",
        "gzip, deflate",
        "gzip,deflate",
        "gzip, deflate, br",
        "gzip, deflate, br, zstd",
        "gzip, br",
        "*",
    ),
    "accept-language": ("*", "en", "en-US,en;q=0.9", "ja", "ja,en-US;q=0.9,en;q=0.8"),
    "user-agent": ("node", "undici", "curl/8.5.0", "axios/1.7.9", "Go-http-client/1.1", "Go-http-client/2.0"),
    "x-forwarded-proto": ("https", "http"),
    "x-forwarded-port": ("443", "80"),
    "x-forwarded-for": ("127.0.0.1",),
    "expect": ("100-continue",),
    "transfer-encoding": ("chunked",),
    "cache-control": ("no-cache", "max-age=0"),
    "pragma": ("no-cache",),
    "content-encoding": ("gzip", "aws-chunked"),
    "content-length": ("0",),
}


def header_mistakes(case: Case) -> Iterator[Mistake]:
    yield from host_mistakes(case)
    for name in case.claim.signed_headers[:MAX_HEADERS]:
        yield from value_mistakes(case, name)
        if name == "content-type":
            yield from content_type_mistakes(case)
        if name != "host":
            yield from on_the_way(case, name)


def host_mistakes(case: Case) -> Iterator[Mistake]:
    host = case.request.header("host") or ""
    bare, _, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    yield in_header("host_without_port", "host", bare, came=host)
    forwarded = case.request.header("x-forwarded-host")
    if forwarded:
        yield in_header("host_changed_by_proxy", "host", forwarded, came=host)
    for default in ("443", "80"):
        yield in_header("host_with_default_port", "host", f"{bare}:{default}", came=host)
    for other in case.hosts:
        yield in_header("host_differs", "host", other, came=host)
    for loopback in LOOPBACKS:
        for name in dict.fromkeys((f"{loopback}:{port}" if port else loopback, loopback)):
            yield in_header("host_differs", "host", name, came=host)
    yield in_header("host_case", "host", host.lower(), came=host)
    for url in (f"https://{host}", f"http://{host}", f"https://{host}/", f"{host}/"):
        yield in_header("host_is_url", "host", url, came=host)
    yield in_header("host_empty", "host", "", came=host)


def value_mistakes(case: Case, name: str) -> Iterator[Mistake]:
    """The value as it was signed: not trimmed or folded, in lower case, only one of several, empty."""
    values = case.request.values(name)
    if not values:
        return
    came = "" if name == "x-amz-security-token" else ",".join(values)
    # As it came, with and without its ends; with a space or without any, where a proxy has trimmed or folded it.
    first = values[0]
    signed = (",".join(values), ",".join(v.strip() for v in values), f"{first} ", "".join(first.split()))
    for value in dict.fromkeys(signed):
        yield in_header("header_not_folded", name, value, signed="", came=came)
    yield in_header("header_lower_case", name, ",".join(values).lower(), signed="", came=came)
    yield in_header("header_empty", name, "", came=came)
    if len(values) > 1:
        yield in_header("header_joined_with_space", name, ", ".join(values), came=came)
        yield in_header("header_one_of_several", name, values[0], came=came)
        yield in_header("header_one_of_several", name, values[-1], came=came)
    elif ", " in values[0] and name != "cookie":
        yield in_header("header_joined_with_space", name, values[0].replace(", ", ","), came=came)


def content_type_mistakes(case: Case) -> Iterator[Mistake]:
    came = case.request.header("content-type") or ""
    media_type = came.partition(";")[0].strip()
    for charset in ("", *CHARSETS):
        yield in_header("content_type_charset", "content-type", media_type + charset, came=came)
    yield in_header("content_type_charset", "content-type", came.replace("; ", ";"), came=came)
    code = "content_type_differs" if came else "signed_header_missing"
    for other in TYPES:
        for charset in ("", *CHARSETS):
            yield in_header(code, "content-type", other + charset, came=came)


def on_the_way(case: Case, name: str) -> Iterator[Mistake]:
    came = case.request.header(name)
    code = "signed_header_missing" if came is None else "header_changed_on_the_way"
    for value in ON_THE_WAY.get(name, ()):
        yield in_header(code, name, value, came=came or "")
    if name == "content-length":
        yield in_header(code, name, str(len(case.request.body)), came=came or "")
    if name == "x-forwarded-host" or (name == "x-forwarded-for" and came and "," in came):
        value = (came or "").partition(",")[0].strip() if came else case.request.header("host") or ""
        yield in_header(code, name, value, came=came or "")
