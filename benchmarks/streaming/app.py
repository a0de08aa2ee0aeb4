"""The project's app with one route more: `python -m benchmarks.streaming.app PORT` serves `/bytes?count=N` too."""

import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi.responses import StreamingResponse

from lambda_app.main import create_app

PIECE = bytes(65_536)

app = create_app()


@app.get("/bytes")
async def stream_bytes(count: int) -> StreamingResponse:
    return StreamingResponse(pieces(count), media_type="application/octet-stream")


async def pieces(count: int) -> AsyncIterator[bytes]:
    for start in range(0, count, len(PIECE)):
        yield PIECE[: count - start]


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False)
