"""`make chapter-03`, `make chapter-07`: checks the learner's files and names the first step that differs, with a hint.

The learner's files are in workshop/exercises/mine, which git ignores; they are copied from starters/ the first time.
It runs the learner's code as it is, in this process, and changes nothing.
"""

import argparse
import difflib
import os
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_caller.signer import sigv4
from local_aws.errors import LocalAwsError
from local_aws.iam.decision import decide
from local_aws.iam.policy import read_policy
from policies.function import Function
from policies.render import render_policy

ROOT = Path(__file__).parent.parent
EXERCISES = ROOT / "workshop" / "exercises"
FUNCTION = Function()
AMZ_DATE = "20260102T030405Z"
HEADERS = {"host": FUNCTION.domain_name, "x-amz-date": AMZ_DATE}

REQUESTS = [
    ("GET", "/", b""),
    ("GET", "/items/42?q=hello&limit=10", b""),
    ("GET", "/items/42?b=2&a=2&a=1", b""),
    ("POST", "/a%20path?q=%E3%81%82", b'{"item": 42}'),
]

LINES = ("HTTP method", "canonical URI", "canonical query string", *["canonical headers"] * len(HEADERS))
HINTS = {
    "canonical query string": "sort the pairs by name, then by value, after encoding them",
    "canonical URI": "the path is encoded once more, exactly as it is sent",
    "canonical headers": "lower-case names in order, one line each, then an empty line",
    "string to sign": "four lines: the algorithm, the date, the credential scope, the SHA-256 of the canonical request",
    "signing key": 'four rounds: the date, the region, the service, "aws4_request"; the last result is the key',
    "signature": "the HMAC-SHA256 of the string to sign, with the signing key, in hex",
}


class Differs(Exception):
    """The learner's files give something else than AWS does. The message says where, and gives a hint."""


def check_signing(folder: Path) -> None:
    """Each step for all requests before the next step, so that the first mistake is the one shown."""
    canonical, signing = load(folder / "canonical_request.py"), load(folder / "signature.py")
    wanted = []
    for method, target, payload in REQUESTS:
        text = sigv4.canonical_request(method, target, HEADERS.items(), payload)
        compare("canonical request", text, canonical["canonical_request"](method, target, HEADERS, payload))
        wanted.append(text)
    scope = sigv4.credential_scope(AMZ_DATE, FUNCTION.region, "lambda")
    texts = [sigv4.string_to_sign(AMZ_DATE, scope, text) for text in wanted]
    for text, request in zip(texts, wanted, strict=True):
        compare("string to sign", text, signing["string_to_sign"](AMZ_DATE, scope, request))
    parts = (AMZ_DATE[:8], FUNCTION.region, "lambda")
    key = sigv4.signing_key(sigv4.Credentials("any", "any-secret"), *parts)
    compare("signing key", key.hex(), signing["signing_key"]("any-secret", *parts).hex())
    for text in texts:
        compare("signature", sigv4.calculate_signature(key, text), signing["signature"](key, text))


def load(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path))


def compare(step: str, wanted: str, given: str) -> None:
    """Raises Differs with the lines of this step that differ, and a hint for the first of them."""
    if given == wanted:
        return
    wanted_lines, given_lines = wanted.split("\n"), str(given).split("\n")
    lines = list(difflib.unified_diff(given_lines, wanted_lines, "yours", "wanted", lineterm="", n=99))
    pairs = zip(wanted_lines, given_lines, strict=False)
    first = next((i for i, (one, other) in enumerate(pairs) if one != other), len(LINES))
    part = LINES[first] if step == "canonical request" and first < len(LINES) else step
    hint = HINTS.get(part, "compare each line with the one wanted")
    shown = "\n".join(f"  {line}".rstrip() for line in lines if not line.startswith("@@"))
    raise Differs(f"the {step} differs\n{shown}\nhint ({part}): {hint}")


def check_policy(folder: Path) -> None:
    statements = read_policy(render_policy((folder / "policy.json").read_text("utf-8"), FUNCTION), "policy.json")
    signed, through_url = {"lambda:FunctionUrlAuthType": "AWS_IAM"}, {"lambda:InvokedViaFunctionUrl": "true"}
    other = FUNCTION.arn + "-other"
    if not decide(statements, "lambda:InvokeFunctionUrl", FUNCTION.arn, signed).allowed:
        raise Differs("lambda:InvokeFunctionUrl is not allowed\nhint: keep the statement that the starter has")
    if not decide(statements, "lambda:InvokeFunction", FUNCTION.arn, through_url).allowed:
        raise Differs("lambda:InvokeFunction is not allowed through the URL\nhint: it takes a second statement")
    if decide(statements, "lambda:InvokeFunction", FUNCTION.arn, {}).allowed:
        raise Differs(
            "lambda:InvokeFunction is allowed without the URL too: the caller could use the Invoke API\n"
            "hint: a Condition with Bool and lambda:InvokedViaFunctionUrl"
        )
    others = (("lambda:InvokeFunctionUrl", signed), ("lambda:InvokeFunction", through_url))
    if any(decide(statements, action, other, context).allowed for action, context in others):
        raise Differs("another function may be called too\nhint: name the function in Resource, without a *")


CHECKS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "03": (check_signing, ("canonical_request.py", "signature.py")),
    "07": (check_policy, ("policy.json",)),
}


def copy_starters(names: tuple[str, ...], folder: Path) -> None:
    for name in names:
        if not (folder / name).exists():
            folder.mkdir(exist_ok=True)
            shutil.copy(EXERCISES / "starters" / name, folder / name)
            print(f"New: {os.path.relpath(folder, ROOT)}/{name}, for you to edit")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m workshop.check", description="Check a chapter's exercise.")
    parser.add_argument("chapter", choices=CHECKS)
    parser.add_argument("--folder", type=Path, default=EXERCISES / "mine", help="the files to check")
    options = parser.parse_args()
    check, names = CHECKS[options.chapter]
    copy_starters(names, options.folder)
    label = f"chapter {int(options.chapter)}"
    try:
        check(options.folder)
    except Differs as difference:
        print(f"{label}: {difference}")
        return 1
    except (LocalAwsError, OSError) as error:
        print(f"{label}: {error}")
        return 1
    except Exception as error:  # whatever the learner's code raises
        print(f"{label}: your file stopped with {type(error).__name__}: {error}")
        return 1
    print(f"{label}: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
