"""Puts edge_caller/ under worker/src/, since Wrangler ships only what lies beside the Worker's entry point.

It copies sources; it installs and deploys nothing: pywrangler does (`make worker-dev`, `make worker-deploy`).
Source: Cloudflare Workers docs, "Bundling".
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
# They start uvicorn and open sockets: a Worker is no process, and its transport is fetch_transport.py.
PROCESS_ONLY = ("__main__.py", "transport.py")


def build(target: Path = ROOT / "worker" / "src" / "edge_caller") -> list[Path]:
    """Makes `target` anew and returns the files in it."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for source in sorted((ROOT / "edge_caller").glob("*.py")):
        if source.name not in PROCESS_ONLY:
            shutil.copy(source, target)
    return sorted(target.iterdir())


if __name__ == "__main__":
    files = build()
    print(f"worker: {len(files)} files of edge_caller/ copied, {sum(f.stat().st_size for f in files)} bytes")
