"""Why a signature doesn't match: tries the usual mistakes and names the one under which it would.

AWS never tells; this is for the stand-in's log. It doesn't decide anything.
Source: AWS IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import quote, unquote

from local_aws.callers import Caller
from local_aws.claim import Claim
from local_aws.received import ReceivedRequest


def explanation(
    request: ReceivedRequest,
    claim: Claim,
    caller: Caller,
    canonical_request: str,
    matches: Callable[[str], bool],
) -> str:
    """One sentence that a learner can act on. `matches` tells whether a canonical request is the one signed."""
    absent = [name for name in claim.signed_headers if not request.values(name)]
    if absent:
        return f"the signed header {absent[0]!r} did not arrive: something on the way removed it"
    for reason, guess in usual_mistakes(request, canonical_request.split("\n")):
        if matches(guess):
            return reason
    return (
        f"with the secret access key of {caller.name}, this request has another signature: the method, path, query, "
        f"body or a signed header ({', '.join(claim.signed_headers)}) changed after signing, or the secret is wrong"
    )


def usual_mistakes(request: ReceivedRequest, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each mistake with the canonical request that it would have made."""

    def with_line(index: int, text: str) -> str:
        changed = list(lines)
        changed[index] = text
        return "\n".join(changed)

    once = "the path was encoded once (S3's way): the canonical URI encodes the path as sent once more"
    yield once, with_line(1, quote(unquote(request.path)))
    yield once, with_line(1, request.path)
    yield "the query was signed as typed: sort it by name and encode it strictly", with_line(2, request.query)
    yield "the query was left out of what was signed", with_line(2, "")
    yield (
        "the payload was signed as UNSIGNED-PAYLOAD, which Lambda doesn't take",
        with_line(-1, "UNSIGNED-PAYLOAD"),
    )
    yield "the signature is of an empty body, but a body came", with_line(-1, sha256(b"").hexdigest())
    for method in ("GET", "POST"):
        yield f"the signature is of a {method}, but a {request.method} came", with_line(0, method)
    host = next(index for index, line in enumerate(lines) if line.startswith("host:"))
    name = lines[host].rpartition(":")[0]
    yield "the Host was signed without its port: sign the Host header as it is sent", with_line(host, name)
