"""The proxy that most people would write first: FastAPI and httpx's client with its default transport.

It reads the whole answer before it passes the answer on.
"""

import os

import httpx
from fastapi import FastAPI, Request, Response

from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials

credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
client = httpx.AsyncClient(auth=SigV4Auth(credentials, region=os.environ["AWS_REGION"]), timeout=30)
app = FastAPI()
DROPPED = {"host", "connection", "content-length", "authorization"}


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def proxy(request: Request) -> Response:
    target = request.url.path.lstrip("/") + "?" + request.url.query
    headers = [(name, value) for name, value in request.headers.items() if name not in DROPPED]
    url = os.environ["FUNCTION_URL"] + target
    answer = await client.request(request.method, url, headers=headers, content=await request.body())
    return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))
