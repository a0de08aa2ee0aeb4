"""`python -m local_aws`: the stand-in as a process, its files checked before it starts.

It listens on this machine only, by default: its keys aren't secret.
Source: uvicorn's documentation, "Settings".
"""

import argparse
import os
import sys

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from local_aws.config import Settings, issuer_url
from local_aws.errors import ConfigurationError
from local_aws.iam.callers import read_callers
from local_aws.iam.roles import read_roles
from local_aws.iam.trust import warnings_of
from local_aws.server import serve


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description="A local Function URL with AWS_IAM.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=9000, help="the port to listen on (default: %(default)s)")
    parser.add_argument("--inspector-port", type=int, help="a page that shows each request listens here")
    parser.add_argument("--reload", action="store_true", help="start again when a source file changes")
    return parser.parse_args()


def check_files() -> None:
    """Says what is risky in a role's trust policy. Raises ConfigurationError where a file or a variable is wrong."""
    settings = Settings.from_variables(os.environ)
    read_callers(settings.function, more=settings.callers)
    for role in read_roles(settings.function, issuer_url(os.environ)).values():
        for warning in warnings_of(role.trust, role.name):
            print(f"local_aws: {warning.line()}", file=sys.stderr)


def main() -> None:
    given = arguments()
    try:
        check_files()
    except ConfigurationError as error:
        print(f"local_aws: {error}", file=sys.stderr)
        sys.exit(2)
    loggers = LOGGING_CONFIG["loggers"] | {"local_aws": {"handlers": ["default"], "level": "INFO"}}
    ports = [given.port]
    if given.inspector_port:
        ports.append(given.inspector_port)
        os.environ.setdefault("LOCAL_AWS_PORT", str(given.port))  # a container's is published as another one
        os.environ["INSPECTOR_PORT"] = str(given.inspector_port)
    config = uvicorn.Config(
        "local_aws.inspector.listeners:create_app" if given.inspector_port else "local_aws.app:create_app",
        factory=True,
        reload=given.reload,
        reload_dirs=["local_aws"] if given.reload else None,
        log_config=LOGGING_CONFIG | {"loggers": loggers},
        access_log=False,  # it would write queries, and a presigned one holds a signature
        lifespan="off",
        ws="none",
        http="h11",  # the target byte for byte, where the faster httptools drops what follows a #
        proxy_headers=False,
        server_header=False,
    )
    serve(config, given.host, ports)


if __name__ == "__main__":
    main()
