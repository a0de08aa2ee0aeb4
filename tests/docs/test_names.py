"""What the documents name exists, and what is public is named: make targets, variables, errors; links and anchors."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCS, ENGLISH_ONLY, LANGUAGES, ROOT, Document, documents

ALL = [document for language in LANGUAGES for document in documents(language)]
ALL += [Document(ROOT / name) for name in ENGLISH_ONLY]
ENGLISH = "\n".join(document.text for document in documents("en"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*(?:%|[a-z])):", MAKEFILE, re.MULTILINE))
PUBLIC_TARGETS = set(re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE))
FOLDERS = ["edge_caller", "local_aws", "lambda_app", "policies", "infra", "docker", "worker", "scripts", "running"]
FOLDERS += ["rehearsal", "workshop", "benchmarks"]
SUFFIXES = {".py", ".toml", ".json", ".yaml", ".yml", ".tf", ".jsonc", ".Dockerfile"}
OTHERS = ("Makefile", ".dev.vars.example")
AWS_WORDS = {
    "AWS_IAM",
    "RESPONSE_STREAM",
    "ROLE_ARN",
    "TRUST_ANCHOR_ARN",
    "PROFILE_ARN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "GCE_METADATA_HOST",
}  # names of AWS and of other platforms, and blanks to fill


def installed(path: Path) -> bool:
    """Whether it lies in an environment or among downloaded packages."""
    return any(part.startswith(".") or part.endswith("_modules") for part in path.relative_to(ROOT).parts[:-1])


def words_of_the_sources() -> set[str]:
    """All that the project's own files say, the documents apart: what isn't among it doesn't exist."""
    paths = [ROOT / name for name in OTHERS]
    for folder in FOLDERS:
        found = [path for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
        paths += [path for path in found if not installed(path)]
    return set(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in paths)))


WORDS = words_of_the_sources()


def in_code(text: str) -> str:
    """The parts in code: inline, or in a block."""
    return "\n".join(re.findall(r"`[^`]+`", text) + re.findall(r"```.*?```", text, re.DOTALL))


def make_targets(text: str) -> set[str]:
    """Those named after `make`, also several in one command; not variables, nor what follows a comment."""
    commands = re.findall(r"(?:`|^\$ )make ([^`#|\n]+)", text, re.MULTILINE)
    return {word for command in commands for word in command.split() if "=" not in word}


def not_named(names: set[str]) -> set[str]:
    return {name for name in names if f"`{name}`" not in ENGLISH}


def public_variables() -> set[str]:
    """What a person may set: in .dev.vars, for the local stack, for make, for the steps at AWS."""
    patterns = {
        ".dev.vars.example": r"^(?:# )?([A-Z_]+)=",
        "local_aws/config.py": r'"(LOCAL_AWS_[A-Z_]+)"',
        "infra/settings.py": r'given\.get\("([A-Z_]+)"|number\("([A-Z_]+)"',
        "Makefile": r"^([A-Z_]+) \?=|\b([A-Z_]+_PORT)\b",
    }
    found = set()
    for name, pattern in patterns.items():
        for groups in re.finditer(pattern, (ROOT / name).read_text("utf-8"), re.MULTILINE):
            found |= {group for group in groups.groups() if group}
    return found


def public_errors() -> set[str]:
    """The exceptions of both packages, and the error types that the stand-in answers with."""
    trees = [ast.parse((ROOT / package / "errors.py").read_text("utf-8")) for package in ("edge_caller", "local_aws")]
    classes = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    refusals = (ROOT / "local_aws" / "refusals.py").read_text("utf-8")
    return classes | set(re.findall(r'"([A-Z]\w+Exception)"', refusals))


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.name)
class TestADocument:
    def test_names_make_targets_that_are_there(self, document: Document) -> None:
        assert {re.sub(r"(\d+|NN)(-hint|-reset)?", "%", target) for target in make_targets(document.text)} <= TARGETS

    def test_names_variables_that_are_there(self, document: Document) -> None:
        named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", in_code(document.text)))
        assert named - WORDS - AWS_WORDS == set()

    def test_names_errors_that_are_there(self, document: Document) -> None:
        named = set(re.findall(r"\b[A-Z][A-Za-z]+(?:Exception|Error)\b", in_code(document.text)))
        assert named - WORDS == set()

    def test_has_links_that_lead_somewhere(self, document: Document) -> None:
        for link in document.links():
            if link.startswith("https://"):
                continue
            path, _, anchor = link.partition("#")
            target = (document.path.parent / path).resolve() if path else document.path
            assert target.exists(), link
            assert not anchor or anchor in Document(target).anchors(), f"{link}: there is no such anchor"

    def test_names_files_that_are_there(self, document: Document) -> None:
        pattern = rf"`((?:{'|'.join(FOLDERS)}|docs|tests)/[\w./-]+)`"
        missing = {name for name in re.findall(pattern, document.prose) if not (ROOT / name).exists()}
        assert {name for name in missing if not re.match("workshop/[a-z]+/mine", name)} == set()


def test_every_public_make_target_is_named() -> None:
    assert PUBLIC_TARGETS - make_targets(ENGLISH) == set(), "name these in docs/en/names.md and docs/ja/names.md"


def test_every_public_variable_is_named() -> None:
    assert not_named(public_variables()) == set(), "name these in docs/en/names.md and docs/ja/names.md"


def test_every_public_error_type_is_named() -> None:
    assert not_named(public_errors()) == set(), "name these in docs/en/names.md and docs/ja/names.md"


def test_each_document_is_linked_from_the_contents() -> None:
    for language in LANGUAGES:
        linked = {link.partition("#")[0] for link in Document(DOCS / language / "README.md").links()}
        assert {path.name for path in (DOCS / language).glob("*.md")} - {"README.md"} <= linked
