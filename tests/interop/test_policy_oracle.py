"""What IAM refuses when a policy is put: cfn-lint's checks and the stand-in agree.

cfn-lint knows Sids, and the service of an action. It checks no ARN, and it rejects an empty Sid.
"""

import json
import subprocess
from typing import Any

import pytest

from local_aws.errors import ConfigurationError
from local_aws.iam.policy import read_policy
from running.program import ROOT
from running.tools import ENVIRONMENT

pytestmark = pytest.mark.interop

CFN_LINT = ROOT / "infra" / ".venv" / "bin" / "cfn-lint"
GRAMMAR = ("E3510", "W3037")  # identity-based policies; actions of a known service
ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
STATEMENTS: dict[str, list[dict[str, Any]]] = {
    "as it is": [{}],
    "letters and digits": [{"Sid": "Call2"}],
    "a blank": [{"Sid": "Call it"}],
    "a hyphen": [{"Sid": "call-it"}],
    "an underscore": [{"Sid": "call_it"}],
    "a letter outside ASCII": [{"Sid": "Café"}],
    "two Sids": [{"Sid": "A"}, {"Sid": "B"}],
    "wildcards in the action": [{"Action": "lambda:Invoke*"}],
    "every action": [{"Action": "*"}],
    "upper case": [{"Action": "LAMBDA:INVOKEFUNCTION"}],
    "a wildcard in the service": [{"Action": "lam*:InvokeFunction"}],
    "every service": [{"Action": "*:InvokeFunction"}],
    "one character of the service": [{"Action": "lambd?:InvokeFunction"}],
    "no service": [{"Action": "InvokeFunction"}],
    "two colons": [{"Action": "lambda:Invoke:Function"}],
    "another effect": [{"Effect": "Permit"}],
    "no effect": [{"Effect": None}],
    "no action": [{"Action": None}],
    "both actions": [{"NotAction": "lambda:InvokeFunction"}],
    "no resource": [{"Resource": None}],
    "an unknown element": [{"Actions": "*"}],
}


def policy(changes: list[dict[str, Any]]) -> dict[str, Any]:
    right = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN}
    statements = [{name: value for name, value in (right | change).items() if value is not None} for change in changes]
    return {"Version": "2012-10-17", "Statement": statements}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names whose policy cfn-lint rejects. One run reads them all."""
    template = tmp_path_factory.mktemp("oracle") / "template.json"
    names = {f"Policy{number}": name for number, name in enumerate(STATEMENTS)}
    resources = {
        resource: {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(STATEMENTS[name])}}
        for resource, name in names.items()
    }
    template.write_text(json.dumps({"Resources": resources}), "utf-8")
    command = [str(CFN_LINT), "--format", "json", "--regions", "us-east-1", "--", str(template)]
    found = json.loads(subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT).stdout)
    return {names[match["Location"]["Path"][1]] for match in found if match["Rule"]["Id"] in GRAMMAR}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_stand_in_refuses_what_cfn_lint_does(name: str, refused: set[str]) -> None:
    try:
        read_policy(json.dumps(policy(STATEMENTS[name])), "p.json")
    except ConfigurationError:
        assert name in refused, "only the stand-in refuses it"
    else:
        assert name not in refused, "only cfn-lint refuses it"
