"""What the cases call: it sends its event back, or does what the path says."""

import json
import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    path = event.get("rawPath", "") if isinstance(event, dict) else ""
    if path == "/returns":
        return json.loads(event["body"])
    if path == "/raises":
        raise RuntimeError("as asked")
    if path == "/sleeps":
        time.sleep(5)
    if path.startswith("/large/"):
        return {"statusCode": 200, "body": "x" * int(path.removeprefix("/large/"))}
    if path and "requestContext" in event:
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
    return event  # of the Invoke API
