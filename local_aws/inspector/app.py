"""create_inspector(): the inspector as an ASGI app of its own. It never serves a path of the function."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from local_aws.errors import ConfigurationError
from local_aws.iam.access import Access
from local_aws.inspector.calls import CALLS, Calls
from local_aws.inspector.copies import case_of
from local_aws.inspector.form import UnusableForm, changed_call, fields_of
from local_aws.inspector.guard import Guard, forwarded_host
from local_aws.inspector.history import History
from local_aws.inspector.kept import Kept
from local_aws.inspector.pages import Pages
from local_aws.inspector.pasting import explained, with_canonical
from local_aws.inspector.signing import deliver
from local_aws.inspector.words import Words, words_of

HEARTBEAT_SECONDS = 15
STREAM = {"content-type": "text/event-stream", "x-accel-buffering": "no"}


@dataclass(frozen=True)
class Inspector:
    """`start` tells one run of the process from the next: request IDs of another run are no longer known."""

    stand_in: ASGIApp
    history: History
    pages: Pages
    calls: Calls
    start: str

    async def first(self, request: Request) -> Response:
        kept = self.history.newest()
        example = None if kept else await self.calls.example()
        stream = f"{self.start}-{self.history.version}"
        return HTMLResponse(self.pages.first(words_of(request), kept, example, stream))

    async def stream(self, request: Request) -> Response:
        last = request.headers.get("last-event-id") or request.query_params.get("after", "")
        start, _, version = last.rpartition("-")
        same = start == self.start and version.isdecimal()
        rows = self.rows(words_of(request), int(version) if same else 0, restarted=not same)
        return StreamingResponse(rows, headers=STREAM)

    async def rows(self, words: Words, version: int, *, restarted: bool) -> AsyncIterator[str]:
        """Server-sent events: one with the HTML of each request that is new, or about which more was found out."""
        yield "retry: 1000\n\n"
        if restarted:
            yield "event: restarted\ndata:\n\n"
        while not self.history.closed:
            newer = self.history.newer(version)
            for version, kept in newer:
                data = json.dumps({"id": kept.request_id, "html": self.pages.row(words, kept)})
                yield f"id: {self.start}-{version}\ndata: {data}\n\n"
            if not newer:
                await self.history.wait(HEARTBEAT_SECONDS)
                yield ":\n\n"

    async def kept(self, request: Request) -> Kept | None:
        request_id = request.path_params["request_id"]
        return await self.calls.example() if request_id == "example" else self.history.get(request_id)

    async def request(self, request: Request) -> Response:
        kept, words = await self.kept(request), words_of(request)
        if kept is None:
            return HTMLResponse(self.pages.unknown(words), 404)
        if request.method != "POST":
            return HTMLResponse(self.pages.request(words, kept))
        pasted = (await fields_of(request)).get("canonical", "")
        return HTMLResponse(
            self.pages.request(words, kept, pasted=pasted, compared=with_canonical(kept, pasted, words))
        )

    async def case(self, request: Request) -> Response:
        kept = await self.kept(request)
        if kept is None:
            return HTMLResponse(self.pages.unknown(words_of(request)), 404)
        name = {"content-disposition": f'attachment; filename="403-{kept.request_id}.json"'}
        text = case_of(kept, self.calls.access.function)
        return Response(text, headers=name, media_type="application/json")

    async def send(self, request: Request) -> Response:
        """One of the calls of the first screen."""
        name = (await fields_of(request)).get("call", "")
        if name not in CALLS:
            return PlainTextResponse(f"There is no call {name!r}: send one of {', '.join(CALLS)}.\n", 400)
        return await self.sent(request, await deliver(CALLS[name](self.calls), self.stand_in))

    async def change(self, request: Request) -> Response:
        """A kept request, changed."""
        kept, words = await self.kept(request), words_of(request)
        if kept is None:
            return HTMLResponse(self.pages.unknown(words), 404)
        fields = await fields_of(request)
        try:
            call = changed_call(kept, fields, self.calls)
        except UnusableForm as error:
            return HTMLResponse(self.pages.request(words, kept, problem=str(error), typed=fields), 400)
        return await self.sent(request, await deliver(call, self.stand_in))

    async def sent(self, request: Request, request_id: str) -> Response:
        return RedirectResponse(words_of(request).link(f"/r/{request_id}"), 303)

    async def paste(self, request: Request) -> Response:
        words = words_of(request)
        if request.method != "POST":
            return HTMLResponse(self.pages.paste(words))
        fields = await fields_of(request)
        return HTMLResponse(explained(self.pages, words, fields.get("paste", ""), fields.get("canonical", "")))

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self.first),
            Route("/stream", self.stream),
            Route("/send", self.send, methods=["POST"]),
            Route("/paste", self.paste, methods=["GET", "POST"]),
            Route("/r/{request_id}", self.request, methods=["GET", "POST"]),
            Route("/r/{request_id}/case", self.case),
            Route("/r/{request_id}/send", self.change, methods=["POST"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ]


def create_inspector(stand_in: ASGIApp, access: Access, history: History, address: str, port: int) -> ASGIApp:
    """`address` is host and port of the Function URL, `port` the inspector's own."""
    calls = Calls(access, address)
    inspector = Inspector(stand_in, history, Pages(calls, f"http://{address}"), calls, uuid4().hex[:8])
    app = Starlette(
        routes=inspector.routes(),
        exception_handlers={ConfigurationError: misconfigured, UnusableForm: unusable},
    )
    return Guard(app, forwarded_host(port))


def misconfigured(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"The local stand-in can't work: {error}\n", 500)


def unusable(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"Not sent: {error}.\n", 413)
