"""Trust policies: what is read, what is rejected by name, and what is warned of."""

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.errors import ConfigurationError
from local_aws.iam.roles import ROLES_FILE, read_roles
from local_aws.iam.trust import read_trust_policy, trust_decision, warnings_of
from policies.function import Function
from policies.render import POLICIES, render_trust_policy
from tests.local_aws.asgi import Edit
from tests.local_aws.sts.service import Service

ISSUER = "https://id.example/one"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/id.example/one"
NAME = "id.example/one"


def policy(condition: Any, **changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


def allowed(text: str, **claims: Any) -> bool:
    claims = {"iss": ISSUER, "sub": "me"} | claims
    return trust_decision(read_trust_policy(text, "t.json"), "123456789012", claims, "sts.amazonaws.com").allowed


def test_the_policy_that_is_deployed_lets_one_subject_in() -> None:
    text = (POLICIES / "trust-web-identity.json").read_text("utf-8")
    rendered = render_trust_policy(text, "123456789012", ISSUER, "me")
    assert json.loads(rendered)["Statement"][0]["Principal"] == {"Federated": PROVIDER}
    assert allowed(rendered)
    assert not allowed(rendered, sub="you")
    assert not allowed(rendered, iss="https://id.example/two")
    assert warnings_of(read_trust_policy(rendered, "t.json"), "role") == ()


def test_a_subject_can_not_break_out_of_the_document() -> None:
    text = (POLICIES / "trust-web-identity.json").read_text("utf-8")
    subject = 'me", "ISSUER:aud": "\\'
    statement = json.loads(render_trust_policy(text, "123456789012", ISSUER, subject))["Statement"][0]
    assert statement["Condition"]["StringEquals"][f"{NAME}:sub"] == subject


def test_google_is_built_in_and_its_aud_is_the_azp() -> None:
    text = (POLICIES / "trust-web-identity.json").read_text("utf-8")
    rendered = render_trust_policy(text, "123456789012", "https://accounts.google.com", "7")
    statement = json.loads(rendered)["Statement"][0]
    assert statement["Principal"] == {"Federated": "accounts.google.com"}
    assert "accounts.google.com:oaud" in statement["Condition"]["StringEquals"]
    assert allowed(rendered, iss="https://accounts.google.com", sub="7", azp="7")
    by_azp = rendered.replace(":oaud", ":aud")
    assert not allowed(by_azp, iss="https://accounts.google.com", sub="7", azp="7")


WIDE: dict[str, tuple[Any, str]] = {
    "no condition": ({}, "trust_no_subject"),
    "aud alone": ({"StringEquals": {f"{NAME}:aud": "sts.amazonaws.com"}}, "trust_no_subject"),
    "sub is a star": ({"StringLike": {f"{NAME}:sub": "*"}}, "trust_any_subject"),
    "sub equals a star": ({"StringEquals": {f"{NAME}:sub": "*"}}, "trust_any_subject"),
    "sub is stars": ({"StringLike": {f"{NAME}:sub": "**"}}, "trust_any_subject"),
    "sub is anything not empty": ({"StringLike": {f"{NAME}:sub": "?*"}}, "trust_any_subject"),
    "one sub of several is a star": ({"StringLike": {f"{NAME}:sub": ["me", "*"]}}, "trust_any_subject"),
}


@pytest.mark.parametrize("name", WIDE)
def test_warns_of_a_trust_policy_that_accepts_every_subject(name: str) -> None:
    condition, code = WIDE[name]
    (warning,) = warnings_of(read_trust_policy(policy(condition), "t.json"), "role")
    assert warning.code == code
    assert warning.line().startswith("Warning: ")


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {f"{NAME}:sub": "me"}},
        {"StringLike": {f"{NAME}:sub": "repo:me/*"}},
        {"StringLike": {f"{NAME}:sub": "*"}, "StringEquals": {f"{NAME}:sub": "me"}},
    ],
)
def test_warns_of_no_other(condition: Any) -> None:
    assert warnings_of(read_trust_policy(policy(condition), "t.json"), "role") == ()


def test_warns_of_no_deny() -> None:
    assert warnings_of(read_trust_policy(policy({}, Effect="Deny"), "t.json"), "role") == ()


STATEMENTS_OF_ONE_SID = 2 * json.loads(policy({}, Sid="A"))["Statement"]
REJECTED = {
    "another operator": (policy({"StringNotEquals": {f"{NAME}:sub": "x"}}), "StringNotEquals"),
    "another claim": (policy({"StringEquals": {f"{NAME}:email": "x"}}), "id.example/one:email"),
    "another issuer's claim": (policy({"StringEquals": {"other:sub": "x"}}), "other:sub"),
    "a Resource": (policy({}, Resource="*"), "'Resource'"),
    "an AWS principal": (policy({}, Principal={"AWS": "*"}), "'AWS'"),
    "any principal": (policy({}, Principal="*"), "'*'"),
    "any provider": (policy({}, Principal={"Federated": "*"}), "principal '*'"),
    "providers by wildcard": (policy({}, Principal={"Federated": PROVIDER[:-3] + "*"}), "principal"),
    "no action": (policy({}, Action=None), "None"),
    "a Sid with a blank": (policy({}, Sid="let it in"), "Sid 'let it in'"),
    "a Sid twice": (json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS_OF_ONE_SID}), "the Sid A"),
    "a service with a wildcard": (policy({}, Action="s*:AssumeRoleWithWebIdentity"), "'s*:Assume"),
    "an action with two colons": (policy({}, Action="sts:a:b"), "'sts:a:b'"),
    "another effect": (policy({}, Effect="allow"), "'allow'"),
    "a variable": (policy({"StringEquals": {f"{NAME}:sub": "${x}"}}), "variable"),
    "no JSON": ("{", "not JSON"),
    "another version": (policy({}).replace("2012-10-17", "2008-10-17"), "2012-10-17"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejects_by_name_what_it_does_not_know(name: str) -> None:
    text, named = REJECTED[name]
    with pytest.raises(ConfigurationError, match=r"the trust policy t\.json") as error:
        read_trust_policy(text, "t.json")
    assert named in str(error.value)


def test_an_explicit_deny_wins() -> None:
    statements = [
        json.loads(policy({"StringEquals": {f"{NAME}:sub": "me"}}, Effect=e))["Statement"][0] for e in ("Allow", "Deny")
    ]
    assert not allowed(json.dumps({"Version": "2012-10-17", "Statement": statements}))


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:TagSession"])
def test_another_action_allows_nothing(action: str) -> None:
    assert not allowed(policy({}, Action=action))


@pytest.mark.anyio
async def test_a_wide_trust_policy_is_named_with_every_session(service: Service, policies: Path, edit: Edit) -> None:
    edit(policies / "trust-web-identity.json", ', "ISSUER:sub": "SUBJECT"', "")
    answer = await service.assume(service.token(sub="anybody"))
    assert answer.status == 200
    assert "Warning: the trust policy of edge-caller-role has no condition on the token's sub" in answer.reason


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[edge-caller-role]", "[a.b]", "is unknown"),
        ("[edge-caller-role]", '["a b"]', "isn't a role's name"),
        ("subjects", "subject", "subject, which is unknown"),
        ("policies = [", "policies = 7 #", "needs policies to be a list"),
        ('"100000000000000000001"', "7", "needs subjects to be a list"),
        ('# issuer = "https://..."', 'issuer = "http://id.example"', "https://"),
        ('# issuer = "https://..."', 'issuer = "https://id.example/"', "no slash"),
        ('"trust-web-identity.json"', '"none.json"', "none.json can't be read"),
    ],
)
def test_a_wrong_roles_file_is_named(roles_file: Path, edit: Edit, old: str, new: str, said: str) -> None:
    edit(roles_file, old, new)
    with pytest.raises(ConfigurationError, match=r"\w") as error:
        read_roles(Function(), "http://127.0.0.1:9010/oidc", roles_file)
    assert said in str(error.value)


def test_the_projects_own_roles_warn_of_nothing() -> None:
    for role in read_roles(Function(), ISSUER, ROLES_FILE).values():
        assert warnings_of(role.trust, role.name) == ()
