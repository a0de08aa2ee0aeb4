"""callers.toml: what a learner may write there, what it becomes, and a plain sentence for whatever is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_aws.errors import ConfigurationError
from local_aws.iam.callers import Caller, read_callers
from policies.function import Function

Read = Callable[[str | bytes], dict[str, Caller]]

KEY = 'access_key_id = "AKIALOCAL00000000011"\n'
SECRET = 'secret_access_key = "secret-of-one"\n'
POLICY = 'policies = ["invoke-api.json"]\n'
ONE = "[one]\n" + KEY + SECRET + POLICY


@pytest.fixture
def read(tmp_path: Path, policies: Path, function: Function) -> Read:
    def read(text: str | bytes) -> dict[str, Caller]:
        path = tmp_path / "callers.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_callers(function, path, policies)

    return read


def test_the_callers_that_come_with_the_project() -> None:
    callers = read_callers(Function())
    assert [caller.name for caller in callers.values()] == [
        "edge-caller",
        "invoke-caller",
        "article-2024",
        "temporary-caller",
    ]
    assert all(key == caller.access_key_id for key, caller in callers.items())


def test_no_key_that_comes_with_the_project_could_be_a_real_one() -> None:
    """AWS's key IDs are of the letters A to Z and the digits 2 to 7."""
    for caller in read_callers(Function()).values():
        assert set(caller.access_key_id) & set("0189")
        assert "not" in caller.secret_access_key or "no-real" in caller.secret_access_key


def test_a_caller_is_a_user_of_the_account(read: Read) -> None:
    (caller,) = read(ONE).values()
    assert caller.user_arn == "arn:aws:iam::123456789012:user/one"
    assert caller.user_id.startswith("AIDA")
    assert len(caller.user_id) == 21
    assert (caller.session_token, caller.expires_at) == (None, None)


def test_two_callers_have_different_ids(read: Read) -> None:
    one, two = read(ONE + ONE.replace("[one]", "[two]").replace("011", "012")).values()
    assert one.user_id != two.user_id


def test_has_the_statements_of_all_its_policies(read: Read) -> None:
    (caller,) = read(ONE.replace('["invoke-api.json"]', '["invoke-api.json", "call-function-url.json"]')).values()
    assert [statement.sid for statement in caller.statements] == [
        "InvokeDirectly",
        "CallFunctionUrl",
        "OnlyThroughTheUrl",
    ]


def test_may_have_no_policy(read: Read) -> None:
    (caller,) = read(ONE.replace('["invoke-api.json"]', "[]")).values()
    assert caller.statements == ()


def test_temporary_credentials(read: Read) -> None:
    (caller,) = read(ONE + 'session_token = "token"\nexpires_at = 2026-11-23T15:00:00+09:00\n').values()
    assert caller.session_token == "token"
    assert caller.expires_at == datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_shows_no_secret_of_a_caller(read: Read) -> None:
    (caller,) = read(ONE + 'session_token = "hush-token"\n').values()
    assert "secret-of-one" not in repr(caller)
    assert "hush-token" not in repr(caller)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[one", "callers.toml can't be read: .*'\\]'"),
        (b"\xff", "callers.toml can't be read: .*utf-8"),
        (ONE + ONE, "callers.toml can't be read: .*"),
        ("one = 5", r"\[one\] isn't a table: begin each caller with its name in brackets"),
        (KEY, r"\[access_key_id\] isn't a table"),
        ("[one]\n" + SECRET + POLICY, r"\[one\] needs access_key_id to be a text in quotes"),
        ("[one]\n" + KEY + POLICY, r"\[one\] needs secret_access_key to be a text in quotes"),
        ("[one]\n" + KEY + SECRET, r"\[one\] needs policies to be a list, as in"),
        (ONE.replace('["invoke-api.json"]', '"invoke-api.json"'), r"\[one\] needs policies to be a list"),
        (ONE.replace('"secret-of-one"', '""'), r"\[one\] needs secret_access_key to be a text in quotes"),
        (ONE.replace('"secret-of-one"', "5"), r"\[one\] needs secret_access_key to be a text in quotes"),
        (ONE.replace("AKIALOCAL", "akialocal"), r"\[one\] needs an access_key_id of 16 or more capital letters"),
        (ONE + "policy = 1\n", r"\[one\] has policy, which is unknown: remove it"),
        (ONE + 'session_token = ""\n', r"\[one\] needs session_token to be a text in quotes"),
        (ONE + 'session_token = "t"\nexpires_at = 2026-11-23\n', r"\[one\] needs expires_at to be a time, as 2099-"),
        (ONE + 'session_token = "t"\nexpires_at = 2026-11-23T06:00:00\n', r"\[one\] needs a time zone in expires_at"),
        (ONE + "expires_at = 2026-11-23T06:00:00Z\n", r"\[one\] has expires_at without session_token"),
        (ONE + ONE.replace("[one]", "[two]"), r"\[two\] has the access_key_id of another caller"),
        (ONE.replace("invoke-api.json", "none.json"), "the policy none.json can't be read"),
        (ONE.replace("invoke-api.json", ""), "the policy policies can't be read"),
        (ONE.replace("invoke-api.json", r"\u0000"), "can't be read"),
        (ONE.replace('["invoke-api.json"]', "[5]"), "the policy 5 can't be read"),
    ],
)
def test_says_in_a_sentence_what_is_wrong(read: Read, text: str | bytes, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as error:
        read(text)
    assert "\n" not in str(error.value)
    assert "secret-of-one" not in str(error.value)


def test_says_that_the_file_is_missing(tmp_path: Path, policies: Path, function: Function) -> None:
    with pytest.raises(ConfigurationError, match=r"callers\.toml can't be read: .*No such file"):
        read_callers(function, tmp_path / "callers.toml", policies)


def test_names_a_broken_policy(read: Read, policies: Path) -> None:
    (policies / "invoke-api.json").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"the policy invoke-api\.json can't be read"):
        read(ONE)
    (policies / "invoke-api.json").write_text("{", "utf-8")
    with pytest.raises(ConfigurationError, match=r"the policy invoke-api\.json is not JSON"):
        read(ONE)
