"""What has a name in the code has a case: refusals, reasons, warnings, and each mark UNVERIFIED; and the other way."""

import ast
import re
from pathlib import Path

import pytest

from conformance.case import CASES, CaseError, policy_files, read_cases
from conformance.running import known_differences

ROOT = Path(__file__).parent.parent.parent
TABLE = read_cases()
SETTLED_BY = re.compile(r"UNVERIFIED \(([a-z0-9-]+(?:, [a-z0-9-]+)*)")


def sources() -> list[Path]:
    rooms = ("conformance", "edge_caller", "local_aws", "lambda_app", "policies", "infra", "tests")
    return [path for room in rooms for path in (ROOT / room).rglob("*.py") if path != Path(__file__)]


def marks() -> dict[str, Path]:
    """The cases that the code names after UNVERIFIED, with one of the files."""
    found: dict[str, Path] = {}
    for path in sources():
        for match in SETTLED_BY.finditer(path.read_text("utf-8")):
            found |= dict.fromkeys(match[1].split(", "), path.relative_to(ROOT))
    return found


def test_each_unverified_names_the_case_that_would_settle_it() -> None:
    for path in sources():
        for line in path.read_text("utf-8").splitlines():
            assert "UNVERIFIED" not in line or SETTLED_BY.search(line) or "UNVERIFIED marks" in line, f"{path}: {line}"
    assert {name: path for name, path in marks().items() if name not in TABLE} == {}


def test_each_assumed_case_has_its_mark_in_the_code() -> None:
    """So that whoever reads the code learns what is assumed, and a confirmed case loses its mark."""
    assumed = {name for name, case in TABLE.items() if case.mark == "assumed"}
    assert assumed - set(marks()) == set()
    assert set(marks()) - assumed == {"signed"}  # assumed in other partitions only


# Reasons for which AWS's response is the same as for another reason. The value is a case with that response.
SAME_ANSWER = {
    "access_key_differs": "unknown-key",
    "access_key_malformed": "unknown-key",
    "access_key_spelled": "unknown-key",
    "authorization_empty": "unsigned",
    "authorization_lost": "unsigned",
    "authorization_spoilt": "unsigned",
    "presigned_cut": "unsigned",
    "presigned_names_case": "unsigned",
    "authorization_joined": "authorization-without-equals",
    "authorization_line_break": "authorization-without-equals",
    "authorization_malformed": "authorization-without-equals",
    "authorization_no_space": "authorization-without-equals",
    "authorization_names_case": "authorization-without-signature",
    "authorization_no_commas": "authorization-without-signature",
    "presigned_html_escaped": "presigned-without-a-signature",
    "local_time": "signature-expired",
    "scope_guessed_from_host": "another-service",
    "scope_swapped": "another-region",
    "body_hash_differs": "wrong-secret",
    "fragile_header_signed": "wrong-secret",
    "signature_length": "wrong-secret",
    "signed_header_missing": "wrong-secret",
    "sts_parameter_unknown": "sts-without-a-token",
    "token_key_algorithm": "sts-wrong-signature",
    "token_no_kid": "sts-unknown-key",
    "trust_denied": "sts-another-subject",
    "trust_other_issuer": "sts-another-subject",
}
NOT_OF_AWS = {"client_disconnected", "misconfigured", "stream_client_disconnected"}


def codes_of(*names: str) -> set[str]:
    """The codes that the stand-in gives to these functions. Its mistakes are all answered as a mismatch is."""
    rooms = ("", "function", "iam", "sts")
    trees = [ast.parse(path.read_text("utf-8")) for room in rooms for path in (ROOT / "local_aws" / room).glob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    words = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    return {str(word.value) for word in words if isinstance(word, ast.Constant)}


def test_each_reason_and_each_warning_has_a_case() -> None:
    shown = {case.expect.reason for case in TABLE.values()} | {case.expect.warning for case in TABLE.values()}
    codes = codes_of("fact", "Finding", "about") - NOT_OF_AWS
    assert len(codes) > 60
    assert codes - shown == set(SAME_ANSWER)
    assert set(SAME_ANSWER.values()) <= set(TABLE)


def test_each_case_names_what_exists() -> None:
    for case in TABLE.values():
        assert case.policy in policy_files(), case.name
        assert re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", case.date), case.name
        assert case.says.endswith("."), case.name
    assert {case.caller for case in TABLE.values()} == {"role", "user", "expired"}
    assert set(known_differences("stand-in")) <= set(TABLE)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[[case]]\nname = "a"\nsays = "S."\nmark = "sure"\ndate = "2026-11"\nsource = "s"', "mark is one of"),
        ('[[case]]\nname = "a"\nsays = "S."\nmark = "assumed"\ndate = "2026-11"', "source"),
        (
            '[[case]]\nname = "a"\nsays = "S."\nmark = "assumed"\ndate = "2026-11"\nsource = "s"\nsign.hwo = "none"',
            "hwo",
        ),
    ],
)
def test_a_malformed_case_is_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "1-own.toml").write_text(text, "utf-8")
    with pytest.raises(CaseError, match=rf"^1-own\.toml: \[a\].*{what}"):
        read_cases(tmp_path)


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    text = next(CASES.glob("1-*.toml")).read_text("utf-8")
    for name in ("1-one.toml", "2-two.toml"):
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(CaseError, match=r"^2-two\.toml: \[signed\] is the name of another case"):
        read_cases(tmp_path)
