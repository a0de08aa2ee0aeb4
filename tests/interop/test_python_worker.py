"""The Worker itself, `worker/src/entry.py`: run by Pyodide through Cloudflare's SDK, it calls the stand-in."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.interop.platforms import pyodide_worker

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        ("GET", "/", 200, '{"Hello":"World"}'),
        ("GET", "/items/42?q=hello", 200, '{"item_id":42,"q":"hello"}'),
        ("GET", "/items/42?q=a+b%20c&q=%C3%A9'(*)&z", 200, '"q":"é\'(*)"'),
        ("GET", "/items/a%20b%2Fc", 404, "Not Found"),
        ("PUT", "//twice", 404, "Not Found"),
        ("POST", "/events", 404, "Not Found"),
    ],
)
def test_the_function_accepts_what_the_worker_signs(
    python_worker: dict[str, Any], method: str, target: str, status: int, body: str
) -> None:
    content = None if method == "GET" else b'{"from": "outside"}'
    response = httpx.request(method, python_worker["url"] + target, content=content, trust_env=False)
    assert (response.status_code, body in response.text) == (status, True), response.text
    assert "x-amzn-errortype" not in response.headers


def test_the_function_knows_the_caller(python_worker: dict[str, Any]) -> None:
    response = httpx.get(python_worker["url"] + "/whoami", trust_env=False)
    assert response.json()["caller"]["user_arn"].endswith(":user/edge-caller")


def test_a_worker_with_a_changed_key_is_refused(variables: dict[str, str], built_worker: list[Path]) -> None:
    changed = variables | {"AWS_SECRET_ACCESS_KEY": variables["AWS_SECRET_ACCESS_KEY"][:-1] + "X"}
    changed["EDGE_OPEN_TO_ANYONE"] = "yes"
    with pyodide_worker(changed) as worker:
        response = httpx.get(worker["url"], trust_env=False)
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


def test_the_import_draws_no_entropy(python_worker: dict[str, Any], record_property: Any) -> None:
    """Cloudflare refuses to deploy a Worker that does."""
    record_property("worker: import, under Pyodide and Node", f"{python_worker['importSeconds']:.1f} s")
    assert python_worker["entropyDrawn"] == 0
