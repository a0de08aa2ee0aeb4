"""`python -m lambda_app`: runs the app as its container does, in one process that starts quickly.

It starts no workers: an execution environment of Lambda handles one request at a time.
"""

import argparse
import gc


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lambda_app", description="The FastAPI app on its own.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default: %(default)s)")
    arguments = parser.parse_args()

    # Objects made by imports stay. Searching them for garbage takes a fifth of a cold start.
    gc.disable()
    import uvicorn

    from lambda_app.main import app

    gc.freeze()
    gc.enable()
    # The adapter closes an idle connection after 4 seconds. The app must not close it first: a request could be lost.
    uvicorn.run(app, host=arguments.host, port=arguments.port, timeout_keep_alive=60)


if __name__ == "__main__":
    main()
