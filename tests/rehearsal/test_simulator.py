"""The rehearsal's policy simulator decides as AWS does: both actions, each with its condition key."""

import json
from typing import Any

import pytest

from infra.caller import wanted_policy
from infra.check import ACTIONS
from infra.settings import Settings
from rehearsal import simulator

SETTINGS = Settings("fastapi-sample", "ap-northeast-1", "123456789012")
POLICY = wanted_policy(SETTINGS)
FIRST_STATEMENT = POLICY | {"Statement": POLICY["Statement"][:1]}
DENYING = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}}


@pytest.mark.parametrize(
    ("documents", "decisions"),
    [
        ([], ["implicitDeny", "implicitDeny"]),
        ([POLICY], ["allowed", "allowed"]),
        ([FIRST_STATEMENT], ["allowed", "implicitDeny"]),
        ([POLICY, DENYING], ["explicitDeny", "explicitDeny"]),
    ],
)
def test_decides_by_the_attached_policies(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], documents: list[Any], decisions: list[str]
) -> None:
    monkeypatch.setattr(simulator, "attached_policies", lambda arn: documents)
    for action, (key, kind, value) in ACTIONS.items():
        entry = f"ContextKeyName={key},ContextKeyType={kind},ContextKeyValues={value}"
        words = ["--policy-source-arn", SETTINGS.caller_arn, "--action-names", action, "--query", "x"]
        simulator.main([*words, "--resource-arns", SETTINGS.function.arn, "--context-entries", entry])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == decisions
