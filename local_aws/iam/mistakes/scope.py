"""Mistakes in the string to sign and in the key's region, service and day."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256

from local_aws.iam.canonical import signing_key
from local_aws.iam.claim import ALGORITHM, ISO_8601, moved
from local_aws.iam.mistakes.mistake import Case, Mistake, Signed, in_key
from local_aws.reasons import Finding
from local_aws.received import bytes_of

REGIONS = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-south-1",
    "ap-east-1",
    "sa-east-1",
    "ca-central-1",
    "me-south-1",
    "me-central-1",
    "af-south-1",
    "il-central-1",
    "auto",
]
SERVICES = [
    "lambda",
    "execute-api",
    "lambda-url",
    "s3",
    "sts",
    "iam",
    "es",
    "aoss",
    "sqs",
    "sns",
    "dynamodb",
    "apigateway",
    "appsync",
    "edge",
]
CLOSE_SECONDS = 3
WINDOW_SECONDS = 300


def scope_mistakes(case: Case) -> Iterator[Mistake]:
    yield from key_scope_mistakes(case)
    yield from text_mistakes(case)
    yield from date_mistakes(case, range(1, CLOSE_SECONDS + 1), "clock")


def key_scope_mistakes(case: Case) -> Iterator[Mistake]:
    """The credential scope is right, but the signing key was derived for another one."""
    if case.secret is None:
        return
    date, region, service = case.right.scope.split("/")[:3]
    for other in ("", *REGIONS):
        if other != region:
            yield in_key("key_region", signing_key(case.secret, date, other, service), signed=other, came=region)
    for other in ("", *SERVICES):
        if other != service:
            yield in_key("key_service", signing_key(case.secret, date, region, other), signed=other, came=service)
            key = signing_key(case.secret, date, "us-east-1", other)
            yield in_key("key_region", key, signed=f"us-east-1/{other}", came=region)
    yield in_key("key_swapped", signing_key(case.secret, date, service, region))
    days = [f"{moved(case.claim.date, timedelta(days=days)):%Y%m%d}" for days in (-1, 1)]
    for other in (*days, case.claim.amz_date, f"{case.claim.date:%Y-%m-%d}"):
        yield in_key("key_date", signing_key(case.secret, other, region, service), signed=other, came=date)


def text_mistakes(case: Case) -> Iterator[Mistake]:
    def text(code: str, made: Callable[[str, str, str], str]) -> Mistake:
        return Mistake(Finding(code, True), "text", lambda signed: signed._replace(text=made))

    def digest(canonical: str) -> str:
        return sha256(bytes_of(canonical)).hexdigest()

    key_id, day = case.claim.access_key_id, case.claim.amz_date[:8]
    iso = case.claim.date.strftime("%Y-%m-%dT%H:%M:%SZ")
    yield text("text_not_hashed", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{scope}\n{c}")
    yield text("text_credential", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{key_id}/{scope}\n{digest(c)}")
    yield text("text_without_algorithm", lambda c, date, scope: f"{date}\n{scope}\n{digest(c)}")
    yield text("text_date", lambda c, date, scope: f"{ALGORITHM}\n{day}\n{scope}\n{digest(c)}")
    yield text("text_date", lambda c, date, scope: f"{ALGORITHM}\n{iso}\n{scope}\n{digest(c)}")
    yield text("text_terminator", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{scope[:-13]}\n{digest(c)}")
    yield text("text_line_feed", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{scope}\n{digest(c)}\n")
    yield text("text_hash_form", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{scope}\n{digest(c).upper()}")
    yield text("text_canonical", lambda c, date, scope: c)
    yield text("text_canonical", lambda c, date, scope: digest(c))
    yield text("text_without_scope", lambda c, date, scope: f"{ALGORITHM}\n{date}\n{digest(c)}")


def distant_dates(case: Case) -> Iterator[Mistake]:
    """So many that they are left out on a request's way."""
    yield from date_mistakes(case, range(CLOSE_SECONDS + 1, WINDOW_SECONDS + 1), "date")


def date_mistakes(case: Case, distances: range, part: str) -> Iterator[Mistake]:
    """The clock was read twice, or the date was changed after signing."""
    claimed = case.claim.amz_date
    header = f"x-amz-date:{claimed}\n"
    in_query = f"X-Amz-Date={claimed}"
    for seconds in (sign * distance for distance in distances for sign in (1, -1)):
        moment = moved(case.claim.date, timedelta(seconds=seconds)).strftime(ISO_8601)

        def twice(signed: Signed, moment: str = moment) -> Signed:
            return signed._replace(amz_date=moment)

        def changed(signed: Signed, moment: str = moment) -> Signed:
            canonical = signed.canonical._replace(
                headers=signed.canonical.headers.replace(header, f"x-amz-date:{moment}\n"),
                query=signed.canonical.query.replace(in_query, f"X-Amz-Date={moment}"),
            )
            return signed._replace(amz_date=moment, canonical=canonical)

        details = {"signed": moment, "came": claimed}
        yield Mistake(Finding("clock_read_twice", True, details), part, twice)
        yield Mistake(Finding("date_changed", True, details), part, changed)
