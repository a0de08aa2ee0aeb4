"""`python -m local_aws` as a real process: one sentence and exit code 2 where it can't start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import local_aws.__main__
from local_aws.iam.roles import Role
from local_aws.iam.trust import read_trust_policy

ROOT = Path(__file__).parent.parent.parent


def start(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCAL_AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", "0"],
        cwd=folder,
        env=environment | {"PYTHONPATH": ""} | variables,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_broken_callers_file_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "local_aws", tmp_path / "local_aws", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    with (tmp_path / "local_aws" / "iam" / "callers.toml").open("a", encoding="utf-8") as file:
        file.write('[another]\nsecret_access_key = "hush"\n')
    result = start(tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "local_aws: callers.toml: [another] needs access_key_id to be a text in quotes\n"


def test_a_broken_roles_file_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "local_aws", tmp_path / "local_aws", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    (tmp_path / "local_aws" / "iam" / "roles.toml").write_text("[mine]\nsubject = 7\n")
    result = start(tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "local_aws: roles.toml: [mine] has subject, which is unknown: remove it\n"


def test_the_start_warns_of_a_trust_policy_that_accepts_every_subject(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = read_trust_policy(
        """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/id.example"}}}""",
        "wide.json",
    )
    role = Role("wide", "123456789012", "https://id.example", ("sts.amazonaws.com",), trust, ())
    monkeypatch.setattr(local_aws.__main__, "read_roles", lambda function, issuer: {"wide": role})
    local_aws.__main__.check_files()
    assert capsys.readouterr().err.startswith("local_aws: Warning: the trust policy of wide has no condition")


def test_a_wrong_variable_stops_the_start_with_one_sentence() -> None:
    result = start(ROOT, LOCAL_AWS_RESERVED_CONCURRENCY="many")
    assert (result.returncode, result.stdout) == (2, "")
    sentence = "LOCAL_AWS_RESERVED_CONCURRENCY is 'many': give a whole number from 0 to 1000"
    assert result.stderr == f"local_aws: {sentence}\n"
