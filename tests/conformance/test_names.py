"""What has a name in the code has a case: refusals, reasons, warnings, and each mark UNVERIFIED; and the other way."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from conformance.case import CASES, CaseError, read_cases
from conformance.policy import policy_files
from conformance.running import known_differences
from local_aws import refusals
from local_aws.iam import suspicions
from local_aws.sts import parameters, tokens

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


def calls(module: object) -> set[str]:
    """The codes of a module's findings, as it writes them."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    words = [node.args[0] for node in found if node.func.id in ("fact", "about") and node.args]  # type: ignore[attr-defined]
    return {str(word.value) for word in words if isinstance(word, ast.Constant)}


def test_each_warning_has_a_case() -> None:
    codes = calls(suspicions) | {"arn_incomplete"}
    assert len(codes) >= 8
    assert codes - {case.expect.warning for case in TABLE.values()} == set()


@pytest.mark.parametrize("module", [refusals, parameters, tokens], ids=lambda module: module.__name__)
def test_each_reason_of_a_refusal_has_a_case(module: object) -> None:
    codes = calls(module)
    same_answer = {"sts_parameter_unknown", "token_no_kid", "token_key_algorithm", "token_algorithm"}
    assert codes
    assert codes - {case.expect.reason for case in TABLE.values()} - same_answer == set()


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
