"""What AWS's answer says, also where somebody changed the paste."""

from datetime import UTC, datetime

import pytest

from local_aws.why.pastes.record import PastedAnswer
from local_aws.why.says import aws_time

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXPIRED = "Signature expired: 20261123T110000Z is now earlier than 20261123T115500Z ({time} - 5 min.)"


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 21:00:00 +0900"])
def test_the_time_of_aws_is_in_the_date_header(date: str) -> None:
    assert aws_time(PastedAnswer(status=403, date=date)) == NOON


def test_the_time_in_the_message_goes_before_the_date_header() -> None:
    answer = PastedAnswer(
        status=403, date="Mon, 23 Nov 2026 13:00:00 GMT", message=EXPIRED.format(time="20261123T120000Z")
    )
    assert aws_time(answer) == NOON


@pytest.mark.parametrize(
    "answer",
    [
        None,
        PastedAnswer(status=403),
        PastedAnswer(status=403, date="soon"),
        PastedAnswer(status=403, date="Mon, 31 Feb 2026 12:00:00 GMT"),
        PastedAnswer(status=403, date="Mon, 23 Nov 99999999999999999999 12:00:00 GMT"),
        PastedAnswer(status=403, date="Mon, 23 Nov 2026 12:00:00 +99999999999999"),
        PastedAnswer(status=403, message=EXPIRED.format(time="20261399T120000Z")),
    ],
)
def test_an_impossible_time_is_no_time(answer: PastedAnswer | None) -> None:
    assert aws_time(answer) is None
