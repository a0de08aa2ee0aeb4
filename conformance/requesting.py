"""A case's request as bytes: signed by botocore, then changed where the case says so. Never by the project's signer.

Source: botocore's `auth.py`, which the AWS CLI and boto3 sign with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from string import Template

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from conformance.case import Case, Pairs, Sign
from conformance.target import Target, tokens
from conformance.web_token import form_of

UNKNOWN_KEY = "AKIAIOSFODNN7NOTAKEY"


@dataclass(frozen=True)
class Sent:
    method: str
    target: str = field(repr=False)  # of a presigned URL, it is a secret
    headers: Pairs = field(repr=False)
    body: bytes = field(repr=False)

    def wire(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + self.body


class EveryHeader:
    """Signs each header that the case has, of which botocore leaves some out; and a Date in HTTP's own form."""

    def _set_necessary_date_headers(self, request: AWSRequest) -> None:
        moment = datetime.strptime(request.context["timestamp"], SIGV4_TIMESTAMP).replace(tzinfo=UTC)
        name, value = "X-Amz-Date", request.context["timestamp"]
        if "Date" in request.headers:
            name, value = "Date", format_datetime(moment, usegmt=True)
        del request.headers[name]
        request.headers[name] = value

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            headers[name.lower()] = value
        return headers


class HeaderAuth(EveryHeader, SigV4Auth):  # type: ignore[misc]
    pass


class QueryAuth(EveryHeader, SigV4QueryAuth):  # type: ignore[misc]
    pass


def request_of(case: Case, target: Target) -> Sent:
    """The request, signed now or as many seconds later as the case says."""
    known, asked, sign = tokens(target, case), case.request, case.sign
    endpoint = target.endpoint(case)
    body = form_of(case, target.issuer, known) if case.api == "sts" else asked.payload
    origin, method = f"http://{endpoint.host}", case.method
    url = origin + endpoint.path + filled(path_of(case), known)
    unsigned = AWSRequest(method, url, data=body if sign.body is None else sign.body.encode())
    unsigned.headers["host"] = endpoint.host
    for name, value in case.headers:
        unsigned.headers[name] = value
    if case.api != "sts":
        add_signature(unsigned, sign, credentials_of(case, target), sign.region or known["region"])
    where = unsigned.url.removeprefix(origin)
    headers = [(name.lower(), value) for name, value in unsigned.headers.items()]
    if sign.how == "query":
        where = replaced(where, sign.change)
    elif sign.change:
        headers = [(name, replaced(v, sign.change) if name == "authorization" else v) for name, v in headers]
    headers = [(name, value) for name, value in headers if name not in sign.drop]
    headers += [(name, filled(value, known)) for name, value in sign.add]
    if asked.chunked:
        headers += [("transfer-encoding", "chunked")]
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        headers += [("content-length", str(len(body)))]
    return Sent(method, where, [*headers, ("connection", "close")], body)


def path_of(case: Case) -> str:
    target = case.request.target
    if case.api == "invoke":
        return f"/2015-03-31/functions/{case.request.name}/invocations{target.removeprefix('/')}"
    if case.api == "sts":
        return ""
    return "/returns" if case.request.returns else target


def credentials_of(case: Case, target: Target) -> Credentials:
    """The caller's, with what the case puts in their place."""
    own, sign = target.credentials(case), case.sign
    key = UNKNOWN_KEY if sign.key == "unknown" else own.access_key
    token = {"": own.token, "none": None}.get(sign.token, sign.token)
    return Credentials(key, sign.secret or own.secret_key, token)


def add_signature(request: AWSRequest, sign: Sign, credentials: Credentials, region: str) -> None:
    """botocore's `add_auth`, step by step: so the moment can be another one."""
    if sign.how == "none":
        return
    auth = HeaderAuth(credentials, sign.service, region)
    if sign.how == "query":
        auth = QueryAuth(credentials, sign.service, region, sign.expires)
    moment = datetime.now(UTC) + timedelta(seconds=sign.seconds)
    request.context["timestamp"] = moment.strftime(SIGV4_TIMESTAMP)
    auth._modify_request_before_signing(request)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))


def filled(text: str, known: Mapping[str, str]) -> str:
    return Template(text).safe_substitute(known)


def replaced(text: str, changes: Iterable[tuple[str, str]]) -> str:
    """The text with each change made. Raises ValueError for one that finds nothing: the case would show nothing."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} isn't in what was signed")
        text = text.replace(old, new, 1)
    return text
