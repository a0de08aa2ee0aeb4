"""`python -m lambda_app`: the app as its container runs it: one process that starts quickly.

It neither reloads nor starts workers: an execution environment of Lambda's has one request at a time.
Source: Python documentation, "gc" (freeze).
"""

import argparse
import gc


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lambda_app", description="The FastAPI app on its own.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default: %(default)s)")
    arguments = parser.parse_args()

    # What the imports make stays: to search it for garbage again and again is a fifth of a cold start.
    gc.disable()
    import uvicorn

    from lambda_app.main import app

    gc.freeze()
    gc.enable()
    # The adapter closes an idle connection after 4 seconds. Were it the app, a request could meet a closing one.
    uvicorn.run(app, host=arguments.host, port=arguments.port, timeout_keep_alive=60)


if __name__ == "__main__":
    main()
