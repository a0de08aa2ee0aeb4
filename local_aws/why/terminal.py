"""The analysis as text for a terminal: AWS says, because, do this; then the canonical request and the difference."""

import json
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from local_aws.reasons import LABELS
from local_aws.why.analysis import Analysis
from local_aws.why.comparison import Difference, visible
from local_aws.why.denials import commands
from local_aws.why.pastes.record import Paste
from local_aws.why.permission import Permission
from local_aws.why.region import region_of

WORDS: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
WIDTH = 100
# The signing key opens one region, service and day. Nobody can compute the secret access key from it.
SIGNING_KEY = """\
import getpass, hmac
key = b"AWS4" + getpass.getpass("Secret access key: ").encode()
for part in ("{date}", "{region}", "lambda", "aws4_request"):
    key = hmac.digest(key, part.encode(), "sha256")

print(key.hex())"""


def lines_of(paste: Paste, analysis: Analysis, arn: str, permissions: list[Permission], language: str) -> Iterator[str]:
    words, labels = WORDS[language], LABELS[language]
    yield understood(paste, analysis, words)
    yield ""
    if analysis.aws_says:
        yield from labelled(labels["aws_says"], analysis.aws_says)
    for finding in analysis.findings:
        yield from labelled(labels["because"], f"({finding.certainty(language)}) {finding.because(language)}")
        yield from labelled(labels["do_this"], finding.do_this(language))
    for note in analysis.notes:
        blank = "" if language == "ja" else " "
        yield from labelled(words["note"], blank.join((note.because(language), note.do_this(language))).strip())
        if note.code == "note_no_secret" and analysis.claim:
            yield ""
            region = region_of(analysis.claim.scope)
            yield indented(SIGNING_KEY.format(date=note.details["date"], region=region))
    if any(finding.code == "why_other_denial" for finding in analysis.findings):
        yield f"\n{words['other_denials']}\n"
        for name, command in commands(analysis, arn):
            yield f"  # {words[name]}\n  {command}"
    if permissions:
        yield from permission_lines(arn, permissions, words, language)
    if analysis.canonical_request:
        yield f"\n{words['canonical_request']}\n"
        yield indented("\n".join(visible(line) for line in analysis.canonical_request.split("\n")))
    if analysis.difference:
        yield from difference_lines(analysis.difference, words)


def understood(paste: Paste, analysis: Analysis, words: dict[str, Any]) -> str:
    """One line: which tool's output it is, the request that is explained, and the status of its answer."""
    request, answer = analysis.exchange.request, analysis.exchange.answer
    parts = [words["kinds"][paste.kind]]
    if request:
        path = (request.target or "").partition("?")[0]
        line = f"{request.method or ''} {request.header('host') or ''}{path}".strip() or words["request"]
        count = len(paste.exchanges)
        parts.append(words["several"].format(count=count, chosen=line) if count > 1 else line)
        status = answer.status or answer.error_type if answer else None
        parts.append(f"{words['answer']} {status}" if status else words["no_answer"])
    return f"{words['read']}: {words['comma'].join(parts)}{words['full_stop']}"


def labelled(label: str, text: str) -> Iterator[str]:
    """A label, and its text wrapped beside it. Japanese is two columns wide, and wraps anywhere."""
    if not text:
        return
    start = label + " " * max(1, 14 - width(label))
    lines, line = [], ""
    for word in pieces(text):
        if width(line + word.rstrip()) > WIDTH - 14 and line:
            lines.append(line.rstrip())
            line = ""
        line += word
    lines.append(line.rstrip())
    yield start + f"\n{' ' * 14}".join(lines)


def pieces(text: str) -> Iterator[str]:
    """Words with the blank after them; in Japanese each character is one."""
    word = ""
    for character in text:
        wide = east_asian_width(character) in "WF"
        if wide and character not in "、。」)":
            if word:
                yield word
            word = ""
        word += character
        if character == " ":
            yield word
            word = ""
    if word:
        yield word


def width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def indented(text: str) -> str:
    return textwrap.indent(text, "  ", lambda line: True).replace("  \n", "\n")


def permission_lines(arn: str, permissions: list[Permission], words: dict[str, Any], language: str) -> Iterator[str]:
    yield f"\n{words['permission'].format(arn=arn)}\n"
    for permission in permissions:
        if permission.finding is None:
            yield f"  {permission.action}: {words['allowed'].format(statement=permission.statement)}"
            continue
        yield f"  {permission.action}: {words['not_allowed']}"
        yield from (f"    {line}" for line in textwrap.wrap(permission.finding.because(language), WIDTH - 4))
        if permission.add:
            yield f"    {words['add']}"
            yield textwrap.indent(json.dumps(permission.add, indent=2), "    ")


def difference_lines(difference: Difference, words: dict[str, Any]) -> Iterator[str]:
    """Both lines, and a mark below the first character that differs."""
    part = words["parts"][difference.part].format(name=difference.name)
    place = {"line": difference.line, "part": part, "column": difference.column}
    yield f"\n{words['difference'].format(**place)}\n"
    before = visible(difference.aws[: difference.column - 1] + "|").removesuffix("|")
    yield f"  {padded(words['aws'])}{visible(difference.aws)}"
    yield f"  {padded(words['signer'])}{visible(difference.signer)}"
    yield f"  {padded('')}{' ' * width(before)}^"
    for side, point in (("aws", difference.aws_code_point), ("signer", difference.signer_code_point)):
        yield f"  {padded(words[side])}{point or words['line_ends']}"


def padded(word: str) -> str:
    return word + " " * max(1, 8 - width(word))
