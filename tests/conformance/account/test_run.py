"""The whole way on an account: what is asked of AWS, in which order, and what is called and told."""

import json
import socket
import threading
from dataclasses import replace
from itertools import pairwise

import pytest

from conformance.account.callers import who
from conformance.account.round import settled
from conformance.case import Case, policy_files
from conformance.running import Result, known_differences
from conformance.stand_in import function_named
from conformance.target import Endpoint
from policies.render import render_policy
from tests.conformance.account.conftest import ARN, CASES, FEW, STACK, Runner
from tests.infra.fake_aws import ACCOUNT, NO_ENTITY, REGION, FakeAws, refusal

QUESTIONS = ["sts get-caller-identity", "iam list-account-aliases"]
REMOVAL = ["iam list-access-keys", "iam delete-access-key", "cloudformation delete-stack", "cloudformation wait"]


def test_every_case_is_answered_as_by_the_stand_in(run: Runner) -> None:
    ran = run(cases=CASES)
    assert ran.code == 0
    found = {row["case"]: row["outcome"] for row in json.loads(ran.file.read_text())["cases"]}
    differs = {name for name, outcome in found.items() if outcome != "agrees"}
    assert differs == set(known_differences("stand-in")), ran.output
    assert found.keys() == {name for name, case in CASES.items() if not case.here_only}
    assert (
        len({moment for _, _, moment in run.called}) == len(found) + 3
    )  # the two first calls, and once more what differs


def test_asks_then_makes_then_calls_then_removes(run: Runner, aws: FakeAws) -> None:
    ran = run()
    assert ran.code == 0
    made = ["cloudformation deploy", "cloudformation describe-stacks"]
    callers = ["sts assume-role", "iam create-access-key", *["sts assume-role"] * 4]  # signed and unsigned share one
    assert aws.commands == [*QUESTIONS, *made, *callers, *REMOVAL]


def test_the_stack_is_named_tagged_and_bound_to_whoever_runs_it(run: Runner, aws: FakeAws) -> None:
    run()
    words = aws.call("cloudformation deploy")
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options.pop("--template-file").endswith("template.yaml")
    assert options == {
        "--stack-name": STACK,
        "--parameter-overrides": f"Principal={ARN}",
        "--capabilities": "CAPABILITY_NAMED_IAM",
        "--tags": f"conformance={STACK}",
    }


def test_each_policy_narrows_one_role_for_fifteen_minutes(run: Runner, aws: FakeAws) -> None:
    run(cases={who(case): name for name, case in CASES.items() if not case.here_only}.values())
    words = [words for words in aws.calls if words[:2] == ["sts", "assume-role"]]
    options = [dict(zip(found[2::2], found[3::2], strict=True)) for found in words]
    assert {found["--role-arn"] for found in options} == {f"arn:aws:iam::{ACCOUNT}:role/{STACK}-caller"}
    assert {(found["--duration-seconds"], found["--role-session-name"]) for found in options} == {
        ("900", "conformance")
    }
    policies = [found["--policy"] for found in options]
    wanted = list(dict.fromkeys(who(case) for case in CASES.values() if case.caller == "role"))
    texts = [(policy_files()[policy].read_text(), function_named(name)) for _, policy, name in wanted]
    assert sorted(policies) == sorted(json.dumps(json.loads(render_policy(text, own))) for text, own in texts)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("signed", function_named("echo").domain_name),
        ("throttled", function_named("throttled").domain_name),
        ("stream", function_named("streaming").domain_name),
        ("invoke", f"lambda.{REGION}.amazonaws.com"),
        ("sts-without-an-action", f"sts.{REGION}.amazonaws.com"),
    ],
)
def test_calls_awss_own_hosts_over_tls(run: Runner, name: str, host: str) -> None:
    run(cases=["signed", name])
    endpoint = run.called[-1][1]
    path = "/" if host.startswith("sts") else ""
    assert endpoint == Endpoint(host, host, 443, tls=True, path=path)


def test_an_unknown_function_url_has_an_id_of_32_characters_that_was_made_up(run: Runner) -> None:
    hosts = set()
    for _ in range(2):
        run(cases=["signed", "unknown-function-url"])
        hosts.add(run.called[-1][1].host)
    assert len(hosts) == 2
    for host in hosts:
        identity, _, rest = host.partition(".")
        assert len(identity) == 32
        assert rest == f"lambda-url.{REGION}.on.aws"


def test_five_calls_a_second_and_no_more(run: Runner) -> None:
    run()
    times = sorted({moment for _, _, moment in run.called})
    assert min(later - earlier for earlier, later in pairwise(times)) == pytest.approx(0.2)
    assert max(run.clock.sleeps) == 10  # after the first calls, which showed that AWS knows the callers


def test_waits_until_aws_knows_the_role_and_lets_it_call(
    run: Runner, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = run.sessions([CASES[name] for name in FEW])
    aws.answers("sts assume-role", *[refusal("AccessDenied")] * 3, *sessions)
    unready, direct = [True] * 4, run.route
    nowhere = replace(function_named("unknown"), name="-")

    def route(endpoint: Endpoint, case: Case) -> Endpoint:
        found = direct(endpoint, case)
        return replace(found, host=nowhere.domain_name) if unready and unready.pop() else found

    monkeypatch.setattr(run, "route", route)
    ran = run()
    assert ran.code == 0
    assert "the role is new: trying again in 3 s" in ran.output
    assert "the caller is new: trying again in 3 s" in ran.output
    assert "7 agrees, 0 differs, 0 not run" in ran.output


def test_a_session_policy_that_aws_refuses_is_a_difference(run: Runner, aws: FakeAws) -> None:
    names = ["signed", "arn-of-five-fields", "unsigned"]
    [first, *_] = run.sessions([CASES["signed"]])
    aws.answers("sts assume-role", first, refusal("MalformedPolicyDocument", "The policy is not valid"))
    ran = run(cases=names)
    assert ran.code == 0
    assert "AWS refuses the session policy short-arn (MalformedPolicyDocument)" in ran.output
    assert "Assumed, now refuted (1): arn-of-five-fields" in ran.output
    assert '"case": "arn-of-five-fields",\n      "status": 0,\n      "error_type": "",\n      "outcome": "differs"' in (
        ran.file.read_text()
    )


def test_a_host_without_an_address_leaves_its_case_out(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = run.route

    def route(endpoint: Endpoint, case: Case) -> Endpoint:
        found = direct(endpoint, case)
        return replace(found, port=1) if case.request.function == "unknown" else found

    monkeypatch.setattr(run, "route", route)
    ran = run(cases=["signed", "unknown-function-url"])
    assert ran.code == 0
    assert "no connection (ConnectionRefusedError)" in ran.output
    assert "1 agrees, 0 differs, 1 not run" in ran.output


def test_says_which_assumptions_are_settled_and_how(run: Runner) -> None:
    doubled = CASES["two-authorization-headers"]
    wrong = replace(doubled, expect=replace(doubled.expect, status=400))
    known = replace(CASES["unsigned"], expect=replace(CASES["unsigned"].expect, error_type="Other"))
    ran = run(cases=["signed", "bearer-token"], changed=[wrong, known])
    assert ran.code == 0
    assert "Assumed, now confirmed (1): bearer-token" in ran.output
    assert "Assumed, now refuted (1): two-authorization-headers" in ran.output
    assert "Known, but AWS differs (1): unsigned" in ran.output
    assert "status 403, not 400" in ran.output


def test_what_differs_is_called_once_more(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's servers don't learn of a new role all at once."""
    right, asked = run.route, []

    def route(endpoint: Endpoint, case: Case) -> Endpoint:
        asked.append(case.name)
        first = case.name == "throttled" and asked.count("throttled") <= 4  # so often is one call asked for its way
        return right(endpoint, CASES["signed"] if first else case)

    monkeypatch.setattr(run, "route", route)
    ran = run(cases=["signed", "throttled", "unsigned"])
    assert "3 agrees, 0 differs, 0 not run" in ran.output
    assert ran.output.index("What differs, once more:") < ran.output.index("agrees   throttled")


def test_a_busy_aws_refutes_nothing(run: Runner) -> None:
    throttled = CASES["throttled"]
    ran = run(cases=["signed"], changed=[replace(throttled, expect=replace(throttled.expect, status=200))])
    assert "1 agrees, 0 differs, 1 not run" in ran.output
    assert "AWS answered 429 TooManyRequestsException" in ran.output
    assert "refuted" not in ran.output


def test_a_session_that_has_ended_refutes_nothing() -> None:
    ended = Result(CASES["signed"], 403, "ExpiredTokenException", ("status 403, not 200",))
    assert (ended.outcome, settled(ended).outcome) == ("differs", "not run")
    refused = replace(ended, error_type="AccessDeniedException")
    assert settled(refused).outcome == "differs"


def test_no_secret_stands_in_a_command_or_in_the_output(run: Runner, aws: FakeAws) -> None:
    ran = run(cases=[*FEW, "presigned", "event-over-tls", "event-without-authorization"])
    words = " ".join(word for words in aws.calls for word in words)
    for credentials in run.local.callers.values():
        for secret in (credentials.secret_key, credentials.token):
            assert not secret or secret not in ran.output + words
    assert ran.output.count("(holds a secret: not shown)") == words.count("sts") + words.count("create-access-key")


def test_a_user_without_a_key_is_no_obstacle(run: Runner, aws: FakeAws) -> None:
    aws.answers("iam list-access-keys", NO_ENTITY)
    assert run().code == 0
    assert aws.commands[-2:] == REMOVAL[-2:]


def test_a_connection_that_breaks_off_settles_nothing(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = run.route
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close()).start()
        port = listener.getsockname()[1]

        def route(endpoint: Endpoint, case: Case) -> Endpoint:
            found = direct(endpoint, case)
            return replace(found, port=port) if case.name == "throttled" else found

        monkeypatch.setattr(run, "route", route)
        ran = run(cases=["signed", "throttled"])
    assert ran.code == 0
    assert "1 agrees, 0 differs, 1 not run" in ran.output
    assert "Not run (1): throttled" in ran.output
    assert "refuted" not in ran.output
