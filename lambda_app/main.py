"""create_app(): the FastAPI service that the Lambda function runs.

It doesn't check who calls: the Function URL has done that before.
Source: https://github.com/aws/aws-lambda-web-adapter
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

RequestContext = Annotated[str | None, Header(alias="x-amzn-request-context", include_in_schema=False)]


class Greeting(BaseModel):
    Hello: str


class Item(BaseModel):
    item_id: int
    q: str | None


class Health(BaseModel):
    status: str


class Caller(BaseModel):
    user_arn: str
    account_id: str
    access_key_id: str
    source_ip: str
    request_id: str


class WhoAmI(BaseModel):
    caller: Caller | None


class Received(BaseModel):
    received: Any


class EventStreamResponse(StreamingResponse):
    media_type = "text/event-stream"


router = APIRouter()


@router.get("/")
def read_root() -> Greeting:
    return Greeting(Hello="World")


@router.get("/items/{item_id}")
def read_item(item_id: int, q: str | None = None) -> Item:
    return Item(item_id=item_id, q=q)


@router.post("/echo")
def echo(body: Annotated[Any, Body()]) -> Received:
    """The JSON body, as it came: a body is signed too."""
    return Received(received=body)


@router.get("/stream", response_class=EventStreamResponse)
async def stream(
    count: Annotated[int, Query(ge=1, le=100)] = 5, delay_seconds: Annotated[float, Query(ge=0, le=5)] = 0.5
) -> EventStreamResponse:
    """So many server-sent events, one by one, each with the time at which it was sent."""
    return EventStreamResponse(server_sent_events(count, delay_seconds))


async def server_sent_events(count: int, delay_seconds: float) -> AsyncIterator[str]:
    """The events, and `event: end` after them: a stream without it was cut short, which nothing else tells a client."""
    for number in range(1, count + 1):
        if number > 1:
            await asyncio.sleep(delay_seconds)
        yield f"data: {json.dumps({'number': number, 'sent_at': time.time()})}\n\n"
    yield f"event: end\ndata: {json.dumps({'count': count})}\n\n"


@router.get("/healthz")
def healthz() -> Health:
    """The adapter polls this route until the app is ready. Only then does Lambda send events."""
    return Health(status="ok")


@router.get("/whoami")
def whoami(request_context: RequestContext = None) -> WhoAmI:
    """Who signed the request, as the Function URL verified it.

    Trust this on Lambda only. There the adapter overwrites the header. Elsewhere a client that reaches the app
    directly can set it to anything.
    """
    return WhoAmI(caller=caller_of(parsed(request_context)))


@router.post("/events", openapi_extra={"requestBody": {"content": {"application/json": {"schema": {}}}}})
async def events(request: Request, request_context: RequestContext = None) -> Received:
    """The adapter's request for a direct Invoke: the body is the event, any JSON.

    Clients reach the path through the Function URL too. They get a 404, so that none can pose as Lambda.
    """
    if isinstance(parsed(request_context), dict):
        raise HTTPException(404)
    try:
        return Received(received=await request.json())
    except ValueError:
        raise HTTPException(400, "The body is not JSON: send the event as JSON.") from None


def parsed(request_context: str | None) -> Any:
    """The header's JSON. None if there is no header, if it isn't JSON, or for `null` (a direct Invoke)."""
    try:
        return json.loads(request_context or "null")
    except ValueError:
        return None


def caller_of(context: Any) -> Caller | None:
    """The caller in a request context of payload format 2.0. None if it has no caller."""
    try:
        iam = context["authorizer"]["iam"]
        return Caller(
            user_arn=iam["userArn"],
            account_id=iam["accountId"],
            access_key_id=iam["accessKey"],
            source_ip=context["http"]["sourceIp"],
            request_id=context["requestId"],
        )
    except (KeyError, TypeError, ValueError):
        return None


def create_app() -> FastAPI:
    app = FastAPI(title="FastAPI on AWS Lambda")
    app.include_router(router)
    return app


app = create_app()
