"""create_app(): the FastAPI service that the Lambda function runs.

It doesn't check who calls: the Function URL has done so before the adapter hands a request on.
Source: the Lambda Web Adapter's README, https://github.com/awslabs/aws-lambda-web-adapter
"""

import json
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, HTTPException, Request
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


router = APIRouter()


@router.get("/")
def read_root() -> Greeting:
    return Greeting(Hello="World")


@router.get("/items/{item_id}")
def read_item(item_id: int, q: str | None = None) -> Item:
    return Item(item_id=item_id, q=q)


@router.get("/healthz")
def healthz() -> Health:
    """The adapter asks here until the app is ready; only then does Lambda send it events."""
    return Health(status="ok")


@router.get("/whoami")
def whoami(request_context: RequestContext = None) -> WhoAmI:
    """Who signed the request, as the Function URL found out.

    Don't trust this outside Lambda: there the adapter always sets the header itself, in place of any that a
    client sent, but a client that reaches this app directly can write into it whatever it likes.
    """
    return WhoAmI(caller=caller_of(parsed(request_context)))


@router.post("/events", openapi_extra={"requestBody": {"content": {"application/json": {"schema": {}}}}})
async def events(request: Request, request_context: RequestContext = None) -> Received:
    """What the adapter sends for a direct Invoke: the event, any JSON, as the body.

    The path can also be reached through the Function URL, where nobody should pass for Lambda: 404 there.
    """
    if isinstance(parsed(request_context), dict):
        raise HTTPException(404)
    try:
        return Received(received=await request.json())
    except ValueError:
        raise HTTPException(400, "The body is not JSON: send the event as JSON.") from None


def parsed(request_context: str | None) -> Any:
    """The header's JSON; None where there is no header, where it isn't JSON, or for `null` (a direct Invoke)."""
    try:
        return json.loads(request_context or "null")
    except ValueError:
        return None


def caller_of(context: Any) -> Caller | None:
    """The caller in a request context of payload format 2.0; None where it names none."""
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
