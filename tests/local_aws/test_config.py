"""The variables of the stand-in: what they become, and a sentence for each that is wrong."""

from pathlib import Path

import pytest

from local_aws.config import Settings
from local_aws.errors import ConfigurationError
from local_aws.iam.callers import read_callers
from policies.function import Function
from policies.render import POLICIES


def test_has_a_default_for_each() -> None:
    assert Settings.from_variables({}) == Settings()


def test_takes_what_is_set() -> None:
    variables = {
        "LOCAL_AWS_WEB_APP_URL": "http://lambda-app:8080/",
        "LOCAL_AWS_RESERVED_CONCURRENCY": "0",
        "LOCAL_AWS_TIMEOUT_SECONDS": "900",
        "LOCAL_AWS_INVOKE_MODE": "RESPONSE_STREAM",
    }
    assert Settings.from_variables(variables) == Settings(
        web_app_url="http://lambda-app:8080/",
        reserved_concurrency=0,
        timeout_seconds=900,
        invoke_mode="RESPONSE_STREAM",
    )


def test_takes_how_long_sessions_last_and_where_the_issuers_key_is() -> None:
    variables = {"LOCAL_AWS_SESSION_SECONDS": "5", "LOCAL_AWS_OIDC_KEYS": "/tmp/keys"}  # noqa: S108
    settings = Settings.from_variables(variables)
    assert (settings.session_seconds, settings.oidc_keys) == (5, Path("/tmp/keys"))  # noqa: S108
    assert Settings.from_variables({"LOCAL_AWS_SESSION_SECONDS": ""}).session_seconds is None


@pytest.mark.parametrize("seconds", ["0", "-1", "43201", "an hour", "1.5"])
def test_refuses_a_session_that_no_role_has(seconds: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^LOCAL_AWS_SESSION_SECONDS is .*: give .* from 1 to 43200$"):
        Settings.from_variables({"LOCAL_AWS_SESSION_SECONDS": seconds})


@pytest.mark.parametrize("url", ["http://localhost", "https://app.example:8443", "http://[::1]:8000/"])
def test_takes_the_url_of_a_web_app(url: str) -> None:
    assert Settings.from_variables({"LOCAL_AWS_WEB_APP_URL": url}).web_app_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://",
        "http://:8000",
        "http://a b",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://127.0.0.1:8000/app",
        "http://127.0.0.1:8000?x=1",
        "http://user:hush@127.0.0.1:8000",
    ],
)
def test_refuses_what_is_no_address_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^LOCAL_AWS_WEB_APP_URL is malformed: give ") as error:
        Settings.from_variables({"LOCAL_AWS_WEB_APP_URL": url})
    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "limits"),
    [
        *[("LOCAL_AWS_RESERVED_CONCURRENCY", value, "0 to 1000") for value in ("", "-1", "1001", "1.5", "ten")],
        *[("LOCAL_AWS_TIMEOUT_SECONDS", value, "1 to 900") for value in ("", "0", "901", "1.5", "ten")],
    ],
)
def test_refuses_a_number_out_of_its_limits(name: str, value: str, limits: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is '{value}': give a whole number from {limits}$"):
        Settings.from_variables({name: value})


@pytest.mark.parametrize("mode", ["response_stream", "STREAM", " "])
def test_knows_two_invoke_modes(mode: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^LOCAL_AWS_INVOKE_MODE is '{mode}': give BUFFERED or "):
        Settings.from_variables({"LOCAL_AWS_INVOKE_MODE": mode})


OWN = {
    "LOCAL_AWS_FUNCTION_NAME": "shop",
    "LOCAL_AWS_ACCOUNT_ID": "210987654321",
    "LOCAL_AWS_REGION": "us-gov-west-1",
    "LOCAL_AWS_URL_ID": "abcdefghijklmnopqrstuvwxyz012345",
}
KEY = {"LOCAL_AWS_ACCESS_KEY_ID": "AKIALOCAL00000000099", "LOCAL_AWS_SECRET_ACCESS_KEY": "a-secret-of-ones-own"}


def test_takes_a_function_of_ones_own() -> None:
    function = Settings.from_variables(OWN).function
    assert function.arn == "arn:aws:lambda:us-gov-west-1:210987654321:function:shop"
    assert function.domain_name == "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-gov-west-1.on.aws"


@pytest.mark.parametrize("name", OWN)
def test_rejects_a_malformed_part_of_the_function(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is 'A B': give "):
        Settings.from_variables(OWN | {name: "A B"})


def test_takes_a_caller_of_ones_own_with_the_policy_of_the_edge_caller() -> None:
    settings = Settings.from_variables(KEY)
    me = read_callers(settings.function, more=settings.callers)["AKIALOCAL00000000099"]
    assert (me.name, me.session_token) == ("me", None)
    assert {statement.policy for statement in me.statements} == {"call-function-url.json"}
    assert "ones-own" not in repr(settings) + repr(me)


def test_takes_a_policy_and_a_token_of_ones_own(tmp_path: Path) -> None:
    policy = tmp_path / "mine.json"
    policy.write_text((POLICIES / "article-2024.json").read_text("utf-8"), "utf-8")
    variables = KEY | {"LOCAL_AWS_POLICY": str(policy), "LOCAL_AWS_SESSION_TOKEN": "a-token"}
    me = read_callers(Function(), more=Settings.from_variables(variables).callers)["AKIALOCAL00000000099"]
    assert {statement.policy for statement in me.statements} == {"mine.json"}
    assert me.session_token == "a-token"


@pytest.mark.parametrize("missing", KEY)
def test_asks_for_both_halves_of_a_key(missing: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{missing} is missing: "):
        Settings.from_variables({name: value for name, value in KEY.items() if name != missing})


def test_the_reason_header_is_on_unless_it_is_turned_off() -> None:
    assert Settings.from_variables({}).reason_header
    assert not Settings.from_variables({"LOCAL_AWS_REASON_HEADER": "off"}).reason_header
    with pytest.raises(ConfigurationError, match=r"^LOCAL_AWS_REASON_HEADER is 'no': give on or off$"):
        Settings.from_variables({"LOCAL_AWS_REASON_HEADER": "no"})
