"""The inspector in this process, over a stand-in whose clock stands still and whose function is a fake."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.inspector.app import create_inspector
from local_aws.inspector.history import History
from local_aws.inspector.kept import Kept
from policies.function import Function
from tests.local_aws.asgi import FakeRuntime, ask
from tests.local_aws.signing import HOST, NOW, Request

PAGE = "http://127.0.0.1:9010"


@dataclass(frozen=True)
class Stack:
    stand_in: LocalAws
    history: History
    page: httpx.AsyncClient
    runtime: FakeRuntime

    async def kept(self, request: Request) -> Kept:
        """Sends the request to the stand-in, and returns what the inspector keeps of it."""
        answer = await ask(self.stand_in, request)
        return await self.by_id(answer.headers["x-amzn-requestid"])

    async def by_id(self, request_id: str) -> Kept:
        kept = self.history.get(request_id)
        assert kept
        return kept

    async def send(self, path: str, **fields: str) -> Kept:
        """Submits a form that sends a call, and returns what the inspector keeps of that call."""
        answer = await self.page.post(path, data=fields)
        assert answer.status_code == 303, answer.text
        return await self.by_id(answer.headers["location"].removeprefix("/r/").partition("?")[0])

    async def text(self, path: str) -> str:
        answer = await self.page.get(path)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def stack(runtime: FakeRuntime, tmp_path: Path) -> Stack:
    access, history = Access(Function(), now=lambda: NOW), History()
    stand_in = LocalAws(access, runtime, observers=[history.observe])
    inspector = create_inspector(stand_in, access, history, HOST, 9010)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(inspector), base_url=PAGE)
    return Stack(stand_in, history, client, runtime)
