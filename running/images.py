"""Builds the images: `python -m running.images lambda local edge_caller local_aws`, or some of them.

The variables IMAGE and ARCHITECTURE choose names and platform; those named like the Dockerfiles' ARGs, the base images.
"""

import os
import sys
from pathlib import Path

from running.tools import DOCKER, ToolError, check_engine, exit_with, output, run

ROOT = Path(__file__).parent.parent
IMAGE = os.environ.get("IMAGE") or "fastapi_sample"
BASES = ("PYTHON_IMAGE", "ADAPTER_IMAGE", "EMULATOR_IMAGE", "UV_IMAGE")
# Lambda's name of an architecture: Docker's name.
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
REVISION = "org.opencontainers.image.revision"

# Each image's Dockerfile and its options.
IMAGES = {
    "lambda": ("lambda_app.Dockerfile", ["--target", "lambda"]),
    "local": ("lambda_app.Dockerfile", ["--target", "local"]),
    "edge_caller": ("edge_caller.Dockerfile", []),
    "local_aws": ("local_aws.Dockerfile", []),
}


def tag_of(name: str) -> str:
    return {"lambda": f"{IMAGE}:latest", "local": f"{IMAGE}:local"}.get(name, f"{IMAGE}_{name}:latest")


def platform(architecture: str) -> str:
    if architecture not in PLATFORMS:
        raise ToolError(f"ARCHITECTURE is {architecture!r}: Lambda has {' and '.join(PLATFORMS)}")
    return PLATFORMS[architecture]


def build_command(name: str) -> list[str]:
    file, options = IMAGES[name]
    text = (ROOT / "docker" / file).read_text("utf-8")
    bases = [f"{base}={os.environ[base]}" for base in BASES if os.environ.get(base) and f"ARG {base}=" in text]
    return [
        *(DOCKER, "build", "--file", f"docker/{file}", *options, "--tag", tag_of(name)),
        *("--platform", platform(os.environ.get("ARCHITECTURE") or "x86_64")),
        *(word for base in bases for word in ("--build-arg", base)),
        *("--label", f"{REVISION}={revision()}"),
        *without_provenance(),
        ".",
    ]


def without_provenance() -> list[str]:
    """With provenance, `docker push` would push an image index, which Lambda rejects. Older clients lack the option."""
    return ["--provenance=false"] if "--provenance" in output(DOCKER, "build", "--help") else []


def revision() -> str:
    """The commit that the image is built from, with `-dirty` if files were changed since."""
    try:
        return output("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    except ToolError:
        return "unknown"  # no git, or no repository: the image is fine, only `make push` needs a commit


def main() -> None:
    os.chdir(ROOT)
    check_engine()
    for name in sys.argv[1:] or IMAGES:
        if name not in IMAGES:
            raise ToolError(f"there is no image {name!r}: choose from {', '.join(IMAGES)}")
        run(*build_command(name))


if __name__ == "__main__":
    exit_with(main)
