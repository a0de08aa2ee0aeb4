"""Why a signature doesn't match: tries the usual mistakes and names the one under which it would.

AWS never tells; this is for the stand-in's log. It doesn't decide anything, and names no mistake that it hasn't
recomputed: what it can't find it leaves open.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from urllib.parse import quote, unquote

from local_aws.iam.callers import Caller
from local_aws.iam.claim import Claim
from local_aws.iam.recomputed import RecomputedSignature
from local_aws.received import ReceivedRequest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MARKS = "!'()*"  # JavaScript's encodeURIComponent leaves them as they are


def explanation(
    request: ReceivedRequest, claim: Claim, caller: Caller, callers: Iterable[Caller], recomputed: RecomputedSignature
) -> str:
    """One sentence that a learner can act on."""
    absent = [name for name in claim.signed_headers if not request.values(name)]
    if absent:
        return f"the signed header {absent[0]!r} did not come: send it, or leave it out of SignedHeaders"
    for reason, guess in mistakes_in_the_request(request, recomputed.text.split("\n")):
        if recomputed.matches(guess, caller.secret_access_key):
            return reason
    for reason, secret in mistakes_in_the_secret(caller, callers):
        if recomputed.matches(recomputed.text, secret):
            return reason
    return (
        f"with the secret access key of {caller.name}, this request has another signature: the method, path, query, "
        f"body or a signed header ({', '.join(claim.signed_headers)}) changed after signing, or the secret is wrong"
    )


def mistakes_in_the_request(request: ReceivedRequest, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each mistake with the canonical request that it would have made."""

    def with_line(index: int, text: str) -> str:
        return "\n".join([*lines[:index], text, *lines[index + 1 :]])

    for reason, path in mistakes_in_the_path(request.path, lines[1]):
        yield reason, with_line(1, path)
    for reason, query in mistakes_in_the_query(request.query, lines[2]):
        yield reason, with_line(2, query)
    host = next(index for index, line in enumerate(lines) if line.startswith("host:"))
    for reason, name in mistakes_in_the_host(request):
        yield reason, with_line(host, f"host:{name}")
    unsigned = "the payload was signed as UNSIGNED-PAYLOAD, which Lambda doesn't take: sign the body's SHA-256"
    yield unsigned, with_line(len(lines) - 1, "UNSIGNED-PAYLOAD")
    empty = "the signature is of an empty body, but a body came: sign the body that is sent"
    yield empty, with_line(len(lines) - 1, sha256(b"").hexdigest())
    for method in METHODS:
        yield f"the signature is of a {method}, but a {request.method} came", with_line(0, method)


def mistakes_in_the_path(path: str, canonical: str) -> Iterator[tuple[str, str]]:
    yield "the path was signed with its empty or dot segments: the canonical URI is without them", quote(path)
    marks = f"the path has one of {MARKS}, which the signer left as it was: the canonical URI encodes it"
    encoded_marks = "|".join(quote(mark, safe="") for mark in MARKS)
    yield marks, re.sub(encoded_marks, lambda found: unquote(found[0]), canonical)
    yield "the path was signed as it is sent (S3's way): the canonical URI encodes it once more", path
    yield "the path was decoded before it was signed: sign the path as it is sent", quote(unquote(path))
    yield "the path was signed without the / at its end", canonical.removesuffix("/")
    yield "the path was signed with a / at its end, but came without", canonical + "/"


def mistakes_in_the_query(query: str, canonical: str) -> Iterator[tuple[str, str]]:
    yield "the query was signed as it is sent: sort it by name and encode it strictly", query
    yield "a + in the query was signed as a space: send a space as %20", canonical.replace("%2B", "%20")
    yield "the query was left out of what was signed", ""


def mistakes_in_the_host(request: ReceivedRequest) -> Iterator[tuple[str, str]]:
    host = request.header("host") or ""
    yield "the Host was signed without its port: sign the Host header as it is sent", host.partition(":")[0]
    forwarded = request.header("x-forwarded-host")
    if forwarded:
        yield f"the signature is for the Host {forwarded}, but {host} came: a proxy on the way changed it", forwarded


def mistakes_in_the_secret(caller: Caller, callers: Iterable[Caller]) -> Iterator[tuple[str, str]]:
    """Each mistake with the secret that would have been used."""
    for other in callers:
        yield f"signed with the secret access key of {other.name}, not of {caller.name}", other.secret_access_key
    for blank in ("\n", "\r\n", "\r", " "):
        yield "signed with a blank or line break at the end of the secret access key", caller.secret_access_key + blank
