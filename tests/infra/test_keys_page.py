"""docs/en/keys.md and the workflow: the links lead somewhere, and nothing needs a stored key."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "en" / "keys.md").read_text("utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "push.yml").read_text("utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https)([^)]+)\)", PAGE))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / "docs" / "en" / link.partition("#")[0]).exists()


def test_the_workflow_stores_no_secret_and_asks_for_a_token_only_to_push() -> None:
    jobs = yaml.safe_load(WORKFLOW)["jobs"]
    assert "secrets." not in WORKFLOW
    assert jobs["test"]["permissions"] == {"contents": "read"}
    assert jobs["push"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["push"]["needs"] == "test"


def test_the_workflow_runs_commands_that_there_are() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for line in re.findall(r"run: make (.*)", WORKFLOW) for word in line.split()}
    assert named
    assert named <= targets


def statements(name: str) -> Any:
    return json.loads((ROOT / "infra" / "github" / name).read_text("utf-8"))["Statement"]


def test_one_branch_of_one_repository_may_push() -> None:
    [statement] = statements("trust-policy.json")
    assert "*" not in json.dumps(statement)
    assert set(statement["Condition"]) == {"StringEquals"}


def test_the_role_reaches_one_repository_of_ecr() -> None:
    log_in, push = statements("push-policy.json")
    assert (log_in["Action"], log_in["Resource"]) == ("ecr:GetAuthorizationToken", "*")  # AWS knows no narrower one
    assert push["Resource"].endswith(":repository/sample/fast-api-sample")
    assert "*" not in json.dumps(push)
