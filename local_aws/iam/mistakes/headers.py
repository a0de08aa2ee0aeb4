"""Mistakes in the signed headers and the method."""

from collections.abc import Iterator

from local_aws.iam.mistakes.mistake import Case, Mistake, in_header, in_part

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def header_mistakes(case: Case) -> Iterator[Mistake]:
    host = case.request.header("host") or ""
    yield in_header("host_without_port", "host", host.partition(":")[0], came=host)
    forwarded = case.request.header("x-forwarded-host")
    if forwarded:
        yield in_header("host_changed_by_proxy", "host", forwarded, came=host)
    for other in case.hosts:
        yield in_header("host_differs", "host", other, came=host)
    for method in METHODS:
        yield in_part("method_differs", "method", method, came=case.request.method)
