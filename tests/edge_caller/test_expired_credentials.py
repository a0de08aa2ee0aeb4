"""AWS says that the credentials have expired: the edge asks for others once, and gives every connection back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from edge_caller.app import EdgeCaller, create_app
from edge_caller.signer.errors import SigningError
from edge_caller.signer.renewing import RenewingCredentials, TemporaryCredentials
from edge_caller.signer.sigv4 import Credentials
from tests.edge_caller.asgi import Answer, Body, Upstream, ask, settings

pytestmark = pytest.mark.anyio

REFUSED = b'{"message":"The security token included in the request is expired"}'


class Aws:
    """The function's answers: 403 for the sets up to `expired`. And a source of sets, `last` of them."""

    def __init__(self, *, expired: int, last: int = 99) -> None:
        self.expired, self.last, self.given = expired, last, 0
        self.seen: list[int] = []
        self.bodies: list[Body] = []

    def source(self) -> TemporaryCredentials:
        if self.given == self.last:
            raise SigningError("STS can't be reached")
        self.given += 1
        end = datetime.now(UTC) + timedelta(hours=1)
        return TemporaryCredentials(Credentials(f"ASIA{self.given:016}", "secret", "token"), end)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(int(request.headers["authorization"].partition("ASIA")[2].partition("/")[0]))
        is_expired = self.seen[-1] <= self.expired
        self.bodies.append(Body(REFUSED if is_expired else b"ok"))
        headers = {"x-amzn-errortype": "ExpiredTokenException"} if is_expired else {}
        return httpx.Response(403 if is_expired else 200, headers=headers, stream=self.bodies[-1])

    def edge(self) -> EdgeCaller:
        credentials = RenewingCredentials(self.source)
        return create_app(transport=Upstream(self.answer), settings=replace(settings(), credentials=credentials))

    async def call(self) -> Answer:
        answer = await ask(self.edge(), method="POST", body=[b"order=42"])
        assert all(body.closed for body in self.bodies)
        return answer


async def test_a_post_is_sent_once_more_with_others() -> None:
    """AWS refused it before the function ran."""
    aws = Aws(expired=1)
    answer = await aws.call()
    assert (answer.status, answer.body, aws.seen) == (200, b"ok", [1, 2])


async def test_the_second_refusal_is_the_clients() -> None:
    aws = Aws(expired=99)
    answer = await aws.call()
    assert (answer.status, answer.body, aws.seen) == (403, REFUSED, [1, 2])
    assert answer.values("x-amzn-errortype") == ["ExpiredTokenException"]


async def test_where_no_others_come_the_answer_says_so() -> None:
    aws = Aws(expired=99, last=1)
    answer = await aws.call()
    assert answer.problem["detail"] == "there are no valid credentials: STS can't be reached"
    assert aws.seen == [1]
