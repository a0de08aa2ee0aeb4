"""The signer gives the same signatures under Pyodide, the Python of Workers, as under CPython."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.interop.platforms import HERE, PYTHON_VERSION, ROOT
from tests.interop.signatures import signatures

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def under_pyodide() -> dict[str, object]:
    command: list[str | Path] = ["node", "pyodide_signatures.mjs", ROOT]
    output = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return dict(json.loads(output))


def test_pyodide_is_the_python_of_workers(under_pyodide: dict[str, object]) -> None:
    assert str(under_pyodide["python"]).startswith(PYTHON_VERSION + ".")
    assert under_pyodide["machine"] == "wasm32"


def test_each_signature_is_byte_equal(under_pyodide: dict[str, object]) -> None:
    assert under_pyodide["signatures"] == signatures()
