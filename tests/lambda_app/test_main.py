import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from lambda_app.main import create_app, server_sent_events

pytestmark = pytest.mark.anyio

REQUEST_CONTEXT = {
    "authorizer": {
        "iam": {
            "accessKey": "AKIALOCAL00000000001",
            "accountId": "123456789012",
            "userArn": "arn:aws:iam::123456789012:user/edge-caller",
        }
    },
    "http": {"sourceIp": "203.0.113.7"},
    "requestId": "11111111-2222-3333-4444-555555555555",
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://app") as client:
        yield client


def context(value: object) -> dict[str, str]:
    return {"x-amzn-request-context": value if isinstance(value, str) else json.dumps(value)}


async def test_the_root_greets_the_world(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert (response.status_code, response.text) == (200, '{"Hello":"World"}')


async def test_an_item_has_its_id_and_query(client: httpx.AsyncClient) -> None:
    response = await client.get("/items/42?q=hello")
    assert (response.status_code, response.text) == (200, '{"item_id":42,"q":"hello"}')


async def test_an_item_without_a_query_has_none(client: httpx.AsyncClient) -> None:
    assert (await client.get("/items/42")).json() == {"item_id": 42, "q": None}


async def test_an_item_id_must_be_a_number(client: httpx.AsyncClient) -> None:
    assert (await client.get("/items/forty-two")).status_code == 422


async def test_echo_sends_a_json_body_back(client: httpx.AsyncClient) -> None:
    assert (await client.post("/echo", json={"any": ["thing"]})).json() == {"received": {"any": ["thing"]}}
    assert (await client.post("/echo", content=b"{", headers={"content-type": "application/json"})).status_code == 422


async def test_streams_as_many_events_as_asked_for_and_then_says_that_it_has_ended(client: httpx.AsyncClient) -> None:
    before = time.time()
    response = await client.get("/stream?count=3&delay_seconds=0")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert "content-length" not in response.headers
    *events, end, rest = response.text.split("\n\n")
    data = [json.loads(event.removeprefix("data: ")) for event in events]
    assert [event["number"] for event in data] == [1, 2, 3]
    assert before <= data[0]["sent_at"] <= data[-1]["sent_at"] <= time.time()
    assert (end, rest) == ('event: end\ndata: {"count": 3}', "")


async def test_sends_the_first_event_before_it_waits_for_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("lambda_app.main.asyncio.sleep", sleep)
    events = server_sent_events(2, 0.5)
    assert '"number": 1' in await anext(events)
    assert waited == []
    assert '"number": 2' in await anext(events)
    assert waited == [0.5]


@pytest.mark.parametrize("query", ["count=0", "count=101", "delay_seconds=5.1", "delay_seconds=-1", "count=x"])
async def test_bounds_a_stream(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/stream?{query}")).status_code == 422


async def test_is_ready_when_it_answers_healthz(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_tells_who_called(client: httpx.AsyncClient) -> None:
    response = await client.get("/whoami", headers=context(REQUEST_CONTEXT))
    assert response.json() == {
        "caller": {
            "user_arn": "arn:aws:iam::123456789012:user/edge-caller",
            "account_id": "123456789012",
            "access_key_id": "AKIALOCAL00000000001",
            "source_ip": "203.0.113.7",
            "request_id": "11111111-2222-3333-4444-555555555555",
        }
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        context("null"),
        context("{not json"),
        context([]),
        context({"authorizer": None}),
        context(REQUEST_CONTEXT | {"http": {"sourceIp": 7}}),
    ],
    ids=["no header", "null", "not JSON", "no object", "no IAM identity", "no text where text is due"],
)
async def test_knows_no_caller_where_the_context_names_none(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.get("/whoami", headers=headers)
    assert (response.status_code, response.json()) == (200, {"caller": None})


@pytest.mark.parametrize("event", [{"a": [1]}, [], "text", 0, None], ids=repr)
@pytest.mark.parametrize("headers", [context("null"), {}], ids=["from the adapter", "without the header"])
async def test_echoes_the_event_of_a_direct_invoke(
    client: httpx.AsyncClient, event: object, headers: dict[str, str]
) -> None:
    response = await client.post("/events", content=json.dumps(event), headers=headers)
    assert (response.status_code, response.json()) == (200, {"received": event})


@pytest.mark.parametrize("body", [b"{}", b"{not json", b""])
async def test_nobody_passes_for_a_direct_invoke_through_the_function_url(
    client: httpx.AsyncClient, body: bytes
) -> None:
    response = await client.post("/events", content=body, headers=context(REQUEST_CONTEXT))
    assert response.status_code == 404


async def test_says_that_an_event_must_be_json(client: httpx.AsyncClient) -> None:
    response = await client.post("/events", content=b"{not json", headers=context("null"))
    assert (response.status_code, response.json()) == (400, {"detail": "The body is not JSON: send the event as JSON."})


async def test_describes_itself_without_the_headers_that_only_the_adapter_sends(client: httpx.AsyncClient) -> None:
    description = await client.get("/openapi.json")
    paths = {"/", "/items/{item_id}", "/healthz", "/whoami", "/events", "/echo", "/stream"}
    assert set(description.json()["paths"]) == paths
    assert "x-amzn-request-context" not in description.text
