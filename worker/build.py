"""Copies edge_caller/ to worker/src/: Wrangler uploads only files that are beside the Worker's entry point.

It installs and deploys nothing: pywrangler does (`make worker-dev`, `make worker-deploy`).
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
# They open sockets, which a Worker can't: its transport is fetch_transport.py.
PROCESS_ONLY = ("__main__.py", "process")


def build(target: Path = ROOT / "worker" / "src" / "edge_caller") -> list[Path]:
    """Replaces `target` and returns the files in it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "edge_caller", target, ignore=shutil.ignore_patterns(*PROCESS_ONLY, "__pycache__"))
    return sorted(target.rglob("*.py"))


if __name__ == "__main__":
    files = build()
    print(f"worker: {len(files)} files of edge_caller/ copied, {sum(f.stat().st_size for f in files)} bytes")
