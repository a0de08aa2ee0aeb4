"""The command line of `why-403`: reads the paste and the files beside it, finds the secret, prints the analysis."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_aws.errors import ConfigurationError
from local_aws.iam.callers import Caller, read_callers
from local_aws.reasons import language_of
from local_aws.why.analysis import Analysis, Beside, analyse, claim_in
from local_aws.why.as_json import json_of
from local_aws.why.decide import shown_key
from local_aws.why.pastes.read import MAX_PASTE_BYTES, UnusablePaste, read_paste, text_of
from local_aws.why.pastes.record import Paste
from local_aws.why.pastes.signer import canonical_request_in
from local_aws.why.permission import Permission, arn_for, permissions_of
from local_aws.why.redaction import Redaction, secrets_of
from local_aws.why.says import SIGNATURE_COUNTS, says
from local_aws.why.secret import KnownKey, ask_on_the_terminal, key_of, read_dev_vars
from local_aws.why.terminal import WORDS, lines_of
from policies.function import Function

NOTHING_WRONG, REASON_FOUND, UNUSABLE = 0, 1, 2
DESCRIPTION = """Says why AWS answers 403 to a signed request. Paste the output of curl -v, your program's headers,
botocore's debug log, AWS's answer, raw HTTP, "Copy as cURL", a HAR or a presigned URL. Offline: it sends, stores and
logs nothing."""


def arguments_in(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="why-403",
        description=DESCRIPTION,
        epilog="Exit code: 0 nothing wrong found, 1 a reason found, 2 the input can't be used.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="the paste (default: standard input)")
    parser.add_argument("--body", metavar="FILE", help="the request's body, byte for byte")
    parser.add_argument("--canonical", metavar="FILE", help="the canonical request that your signer made")
    parser.add_argument("--policy", metavar="FILE", help="an IAM policy of the caller, to evaluate for both actions")
    parser.add_argument("--arn", help="the function's ARN for --policy, where no other text names it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(argv)


def run(argv: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    arguments = arguments_in(argv)
    language = language_of(environment)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return explain(arguments, environment, language)
    except UnusablePaste as error:
        print(error.finding.because(language), error.finding.do_this(language), file=sys.stderr)
    except ConfigurationError as error:
        print(f"why-403: {error}", file=sys.stderr)
    return UNUSABLE


def explain(arguments: argparse.Namespace, environment: Mapping[str, str], language: str) -> int:
    paste = read_paste(pasted(arguments.files, language))
    dev_vars = read_dev_vars(environment)
    callers = tuple(read_callers(Function()).values())
    known = known_key(paste, environment, dev_vars, callers, language)
    beside = Beside(
        key=known.key,
        source=known.source,
        others=callers,
        variables={**environment, **dev_vars},
        body=contents(arguments.body, language) if arguments.body else None,
        canonical_request=canonical_file(arguments.canonical, language) if arguments.canonical else None,
    )
    analysis = analyse(paste, beside)
    arn, permissions = policy_file(arguments, analysis, language)
    redaction = Redaction(paste, *known.secrets(), *secrets_of(callers, analysis.claim))
    if arguments.json:
        print(redaction.text(json_of(paste, analysis, arn, permissions, language)))
    else:
        for line in lines_of(paste, analysis, arn, permissions, language):
            print(redaction.text(line))
    denied = any(permission.finding for permission in permissions)
    return REASON_FOUND if analysis.findings or denied else NOTHING_WRONG


def pasted(files: list[str], language: str) -> bytes:
    if files:
        return b"\n".join(contents(name, language) for name in files)
    if sys.stdin.isatty():
        print(WORDS[language]["paste_now"], file=sys.stderr)
    return sys.stdin.buffer.read(MAX_PASTE_BYTES + 1)


def contents(name: str, language: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_PASTE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(WORDS[language]["no_file"].format(name=name, error=reason)) from error


def canonical_file(name: str, language: str) -> str:
    found = canonical_request_in(text_of(contents(name, language)))
    if found is None:
        raise ConfigurationError(WORDS[language]["canonical_unusable"].format(name=name))
    return found


def known_key(
    paste: Paste,
    environment: Mapping[str, str],
    dev_vars: Mapping[str, str],
    callers: tuple[Caller, ...],
    language: str,
) -> KnownKey:
    """The key of the request's access key ID. A person is asked only where the signature counts."""
    request = paste.chosen.request
    claim = claim_in(request) if request else None
    if claim is None or request is None:
        return KnownKey()

    def ask() -> str | None:
        if request.target is None or says(paste.chosen.answer) not in SIGNATURE_COUNTS:
            return None
        details = {"key": shown_key(claim), "date": claim.amz_date[:8]}
        return ask_on_the_terminal(WORDS[language]["ask"].format(**details))

    return key_of(claim.access_key_id, environment, dev_vars, callers, ask)


def policy_file(arguments: argparse.Namespace, analysis: Analysis, language: str) -> tuple[str, list[Permission]]:
    """The ARN and both actions, where --policy gives a policy."""
    if not arguments.policy:
        return arguments.arn or "", []
    policy = text_of(contents(arguments.policy, language))
    arn = arn_for(policy, arguments.arn, analysis.exchange.answer.message if analysis.exchange.answer else None)
    return arn, permissions_of(policy, Path(arguments.policy).name, arn)
