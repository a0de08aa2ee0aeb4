"""What would be shipped to Cloudflare, by Wrangler's own account (`wrangler deploy --dry-run`), and how large it is."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.platforms import HERE, ROOT, python_modules

pytestmark = pytest.mark.interop

FREE_PLAN_KIB = 3 * 1024  # compressed: Cloudflare Workers docs, "Limits", as of 2026-11


@dataclass(frozen=True)
class Bundle:
    files: set[str]
    packages: set[str]
    gzip_kib: float


@pytest.fixture(scope="module")
def bundle(built_worker: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """`worker/`, with the packages beside it that pywrangler would put there."""
    project = tmp_path_factory.mktemp("bundle")
    shutil.copytree(ROOT / "worker" / "src", project / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "worker" / "wrangler.jsonc", project)
    shutil.copytree(python_modules(), project / "python_modules")
    output = subprocess.run(
        [HERE / "node_modules" / ".bin" / "wrangler", "deploy", "--dry-run", "--outdir", "out"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(project), "WRANGLER_SEND_METRICS": "false", "CI": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    size = re.search(r"gzip: ([\d.]+) KiB", output)
    assert size, output
    paths = [path.relative_to(project / "out") for path in (project / "out").rglob("*") if path.is_file()]
    return Bundle(
        files={str(path) for path in paths if path.parts[0] != "python_modules"} - {"README.md"},  # Wrangler's own
        packages={path.parts[1] for path in paths if path.parts[0] == "python_modules"},
        gzip_kib=float(size[1]),
    )


def test_the_worker_ships_its_own_sources_alone(bundle: Bundle, built_worker: list[Path]) -> None:
    copied = {path.relative_to(ROOT / "worker" / "src").as_posix() for path in built_worker}
    assert bundle.files == {"entry.py", "fetch_transport.py"} | copied


def test_the_worker_ships_what_the_edge_needs_alone(bundle: Bundle) -> None:
    assert {"starlette", "httpx", "workers"} <= bundle.packages
    assert not {"fastapi", "pydantic", "pydantic_core", "aiohttp", "uvicorn", "dotenv", "botocore"} & bundle.packages


def test_the_bundle_fits_the_free_plan(bundle: Bundle, record_property: Any) -> None:
    record_property("worker: bundle, compressed", f"{bundle.gzip_kib:.0f} KiB")
    assert bundle.gzip_kib < FREE_PLAN_KIB
