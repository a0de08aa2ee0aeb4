"""Signs one request to the local Function URL: shows each step, or prints the headers for `curl -H @-`.

It sends nothing, and knows only the keys of local_aws/iam/callers.toml, which aren't secret.
Source: AWS IAM User Guide, "Create a signed AWS API request".
"""

import argparse
from datetime import UTC, datetime

from edge_caller.signer.sigv4 import Credentials, canonical_request, credential_scope, format_date, sign, string_to_sign
from local_aws.iam.callers import read_callers
from policies.function import Function

FUNCTION = Function()
CALLERS = {caller.name: caller for caller in read_callers(FUNCTION).values()}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workshop.sign", description="Sign a request, and show how.")
    parser.add_argument("target", help="the path and query, percent-encoded: '/items/42?q=hello'")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--body", default="")
    parser.add_argument("--caller", default="edge-caller", choices=CALLERS, help="whose key (default: %(default)s)")
    parser.add_argument("--at", type=moment, default=datetime.now(UTC), help="the time, as 20260102T030405Z")
    parser.add_argument("--region", default=FUNCTION.region, help="(default: %(default)s)")
    parser.add_argument("--service", default="lambda", help="(default: %(default)s)")
    parser.add_argument("--headers", action="store_true", help="print the headers to send, not the steps")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    caller = CALLERS[options.caller]
    headers = {"Host": FUNCTION.domain_name}
    headers |= sign(
        options.method,
        options.target,
        headers.items(),
        options.body.encode(),
        credentials=Credentials(caller.access_key_id, caller.secret_access_key, caller.session_token),
        region=options.region,
        service=options.service,
        timestamp=options.at,
    )
    if options.headers:
        print("\n".join(f"{name}: {value}" for name, value in headers.items()))
    else:
        show_steps(options, headers)


def show_steps(options: argparse.Namespace, headers: dict[str, str]) -> None:
    signature = headers.pop("Authorization").rpartition("=")[2]
    amz_date = format_date(options.at)
    scope = credential_scope(amz_date, options.region, options.service)
    canonical = canonical_request(options.method, options.target, headers.items(), options.body.encode())
    steps = {
        "canonical request": canonical,
        "string to sign": string_to_sign(amz_date, scope, canonical),
        "signature": signature,
    }
    for name, text in steps.items():
        print(name)
        for line in text.split("\n"):
            print(f"  | {line}".rstrip())


if __name__ == "__main__":
    main()
