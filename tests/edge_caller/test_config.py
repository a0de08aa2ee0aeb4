"""The settings: which variables make them, where they come from, and what a wrong one is told."""

import os
from pathlib import Path

import pytest

from edge_caller.config import Settings
from edge_caller.errors import ConfigurationError
from edge_caller.limits import LIMIT_NAMES
from edge_caller.signer.renewing import RenewingCredentials
from edge_caller.signer.sigv4 import Credentials
from edge_caller.variables import variables_of_process
from tests.edge_caller.asgi import FUNCTION_URL, SECRET, VARIABLES, settings


def refusal(**variables: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        settings(**variables)
    return str(raised.value)


def test_reads_the_region_from_the_host_of_the_function_url() -> None:
    assert settings(AWS_REGION="eu-west-1").region == "ap-northeast-1"


def test_takes_the_region_from_aws_region_when_the_host_names_none() -> None:
    for region in ("eu-west-1", "us-gov-east-1", "eusc-de-east-1", "us-isob-west-1"):
        assert settings(FUNCTION_URL="http://127.0.0.1:9000/", AWS_REGION=region).region == region


def test_demands_aws_region_when_the_host_names_none() -> None:
    assert "AWS_REGION is not set in this test" in refusal(FUNCTION_URL="http://127.0.0.1:9000/")


@pytest.mark.parametrize("region", ["Tokyo", "ap-northeast-1/", "evil.example#", "ap-northeast"])
def test_refuses_a_region_that_is_none(region: str) -> None:
    assert "AWS_REGION" in refusal(FUNCTION_URL="http://127.0.0.1:9000/", AWS_REGION=region)


@pytest.mark.parametrize("name", ["FUNCTION_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_names_the_variable_that_is_missing(name: str) -> None:
    assert f"{name} is not set in this test" in refusal(**{name: ""})


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("white_space", [" ", "\n", "\t"])
def test_refuses_white_space_in_a_value(name: str, white_space: str) -> None:
    message = refusal(**{name: VARIABLES[name] + white_space})
    assert name in message
    assert SECRET not in message


@pytest.mark.parametrize(
    "url",
    [
        "abc123.lambda-url.ap-northeast-1.on.aws",
        "ftp://abc123.lambda-url.ap-northeast-1.on.aws/",
        "https:///",
        "https://",
        "https://[::1",
        "https://host:port/",
        "https://host:65536/",
        "https://host:0/",
        f"https://{'a' * 64}.example/",
        "https://host\x7f/",
    ],
)
def test_refuses_a_function_url_that_is_no_address(url: str) -> None:
    assert "FUNCTION_URL is not a URL" in refusal(FUNCTION_URL=url, AWS_REGION="ap-northeast-1")


@pytest.mark.parametrize("rest", ["items", "?q=1", "#top"])
def test_refuses_a_function_url_with_more_than_a_host(rest: str) -> None:
    assert "FUNCTION_URL must be a scheme and a host alone" in refusal(FUNCTION_URL=FUNCTION_URL + rest)


def test_refuses_a_function_url_with_a_user_and_keeps_the_password_to_itself() -> None:
    message = refusal(FUNCTION_URL="https://user:hush@abc123.lambda-url.ap-northeast-1.on.aws/")
    assert "without path, query or user" in message
    assert "hush" not in message


@pytest.mark.parametrize(
    "host",
    [
        "abc123.lambda-url.ap-northeast-1.on.aws",
        "abc123.lambda-url.cn-north-1.on.amazonwebservices.com.cn",
        "abc123.lambda-url.eusc-de-east-1.on.amazonwebservices.eu",
        "lambda.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_refuses_plain_http_to_aws_in_every_partition(host: str) -> None:
    assert "must begin with https://" in refusal(FUNCTION_URL=f"http://{host}/")


@pytest.mark.parametrize("key_id", ["AKIA", "AKIAEXAMPLE00000000/", "A" * 129])
def test_refuses_what_is_no_access_key_id_without_repeating_it(key_id: str) -> None:
    message = refusal(AWS_ACCESS_KEY_ID=key_id)
    assert "AWS_ACCESS_KEY_ID in this test is not an access key ID" in message
    assert key_id not in message.replace("AKIA...", "")


def test_demands_the_session_token_of_a_temporary_key() -> None:
    assert "set AWS_SESSION_TOKEN too" in refusal(AWS_ACCESS_KEY_ID="ASIAEXAMPLE000000001")


def key_of(made: Settings) -> Credentials:
    if isinstance(made.credentials, RenewingCredentials):  # of a file
        return made.credentials()
    assert isinstance(made.credentials, Credentials)
    return made.credentials


def test_takes_a_temporary_key_with_its_session_token() -> None:
    made = settings(AWS_ACCESS_KEY_ID="ASIAEXAMPLE000000001", AWS_SESSION_TOKEN="token")
    assert key_of(made).session_token == "token"


def test_leaves_the_invoke_api_off_without_a_function_name() -> None:
    assert settings(EDGE_BEARER_TOKEN="token").invoke_url is None


def test_demands_a_bearer_token_when_the_invoke_api_is_on() -> None:
    assert "set EDGE_BEARER_TOKEN too" in refusal(INVOKE_FUNCTION_NAME="fastapi-sample")


def test_addresses_the_invoke_api_of_the_region() -> None:
    made = settings(INVOKE_FUNCTION_NAME="fastapi-sample", EDGE_BEARER_TOKEN="token")
    expected = "https://lambda.ap-northeast-1.amazonaws.com/2015-03-31/functions/fastapi-sample/invocations"
    assert str(made.invoke_url) == expected


@pytest.mark.parametrize(("region", "domain"), [("cn-north-1", "amazonaws.com.cn"), ("eusc-de-east-1", "amazonaws.eu")])
def test_addresses_the_invoke_api_of_another_partition(region: str, domain: str) -> None:
    url = "https://function.example/"
    made = settings(FUNCTION_URL=url, AWS_REGION=region, INVOKE_FUNCTION_NAME="f", EDGE_BEARER_TOKEN="token")
    assert made.invoke_url is not None
    assert made.invoke_url.host == f"lambda.{region}.{domain}"


@pytest.mark.parametrize("name", ["x-authorization", "x-authorization-2", "authorization-of-client", "a"])
def test_forwards_authorization_under_a_name_of_your_own(name: str) -> None:
    assert settings(EDGE_FORWARD_AUTHORIZATION_AS=name).forward_authorization_as == name.encode()


NAMES_WITH_A_MEANING = [
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "keep-alive",
    "origin",
    "proxy-authorization",
    "range",
    "referer",
    "sec-fetch-mode",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amz-date",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-request-id",
]
MALFORMED_NAMES = ["1-x", "-x", "x_authorization", "x.authorization", "x:authorization", "x" * 65, "é-authorization"]


@pytest.mark.parametrize("name", [*NAMES_WITH_A_MEANING, *MALFORMED_NAMES, "X-Authorization"])
def test_refuses_a_name_that_authorization_may_not_be_forwarded_under(name: str) -> None:
    message = refusal(EDGE_FORWARD_AUTHORIZATION_AS=name)
    assert f"EDGE_FORWARD_AUTHORIZATION_AS in this test is {name!r}" in message
    assert "x-authorization" in message


def test_encodes_the_colons_of_an_arn() -> None:
    arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:fastapi-sample"
    made = settings(INVOKE_FUNCTION_NAME=arn, EDGE_BEARER_TOKEN="token")
    assert made.invoke_url is not None
    assert made.invoke_url.raw_path == f"/2015-03-31/functions/{arn.replace(':', '%3A')}/invocations".encode()


def test_lets_aws_endpoint_url_lambda_override_the_address() -> None:
    made = settings(
        INVOKE_FUNCTION_NAME="f", EDGE_BEARER_TOKEN="token", AWS_ENDPOINT_URL_LAMBDA="http://127.0.0.1:9000"
    )
    assert str(made.invoke_url) == "http://127.0.0.1:9000/2015-03-31/functions/f/invocations"


def test_refuses_a_malformed_aws_endpoint_url_lambda() -> None:
    message = refusal(INVOKE_FUNCTION_NAME="f", EDGE_BEARER_TOKEN="token", AWS_ENDPOINT_URL_LAMBDA="127.0.0.1:9000")
    assert "AWS_ENDPOINT_URL_LAMBDA is not a URL" in message


def test_shows_no_secret_in_its_repr() -> None:
    text = repr(settings(AWS_SESSION_TOKEN="hush-session", EDGE_BEARER_TOKEN="hush-bearer"))
    assert "AKIAEXAMPLE000000001" in text
    assert not [secret for secret in (SECRET, "hush-session", "hush-bearer") if secret in text]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory of the test, and a shell with a session token that belongs to other keys."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEV_VARS", raising=False)
    for name, value in (VARIABLES | {"AWS_SESSION_TOKEN": "of-the-shell"}).items():
        monkeypatch.setenv(name, value)
    return tmp_path


FILE = "FUNCTION_URL=http://127.0.0.1:9000\nAWS_ACCESS_KEY_ID=AKIAEXAMPLE000000002\nAWS_REGION=eu-west-1\n"


def test_takes_all_from_the_environment_when_there_is_no_dev_vars(directory: Path) -> None:
    made = Settings.from_variables(*variables_of_process())
    assert (str(made.function_url), key_of(made).session_token) == (FUNCTION_URL, "of-the-shell")


def test_takes_all_from_dev_vars_when_it_is_there(directory: Path) -> None:
    (directory / ".dev.vars").write_text(FILE + "AWS_SECRET_ACCESS_KEY=s$ECRET\n")
    credentials = key_of(Settings.from_variables(*variables_of_process()))
    assert (credentials.access_key_id, credentials.secret_access_key) == ("AKIAEXAMPLE000000002", "s$ECRET")
    assert credentials.session_token is None


def test_never_fills_up_dev_vars_from_the_environment(directory: Path) -> None:
    (directory / ".dev.vars").write_text(FILE)
    with pytest.raises(ConfigurationError, match=r"AWS_SECRET_ACCESS_KEY is not set in \.dev\.vars"):
        Settings.from_variables(*variables_of_process())


def test_reads_the_file_that_dev_vars_in_the_environment_names(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_VARS", "other.vars")
    (directory / "other.vars").write_text(FILE)
    assert variables_of_process()[1] == "other.vars"


def test_reads_no_file_when_dev_vars_in_the_environment_is_empty(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_VARS", "")
    (directory / ".dev.vars").write_text(FILE)
    assert variables_of_process()[1] == "the environment"


def test_refuses_a_named_file_that_is_not_there(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_VARS", "mistyped.vars")
    with pytest.raises(ConfigurationError, match=r"mistyped\.vars"):
        variables_of_process()


def test_refuses_a_dev_vars_that_is_no_text(directory: Path) -> None:
    (directory / ".dev.vars").write_bytes(b"AWS_SECRET_ACCESS_KEY=\xff\n")
    with pytest.raises(ConfigurationError, match=r"\.dev\.vars can't be read"):
        variables_of_process()


def test_refuses_a_dev_vars_that_is_a_directory(directory: Path) -> None:
    (directory / ".dev.vars").mkdir()
    with pytest.raises(ConfigurationError, match=r"\.dev\.vars can't be read"):
        variables_of_process()


@pytest.mark.parametrize("name", LIMIT_NAMES)
@pytest.mark.parametrize("value", ["-1", "many", "1e9", "nan", "inf", "1_0", "\u0664", "9" * 5000])
def test_refuses_a_limit_that_is_none(name: str, value: str) -> None:
    assert f"{name} in this test is" in refusal(**{name: value})


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_takes_each_limit_from_its_variable(name: str) -> None:
    limits = settings(**{name: "7"}).limits
    assert getattr(limits, name.removeprefix("EDGE_").lower()) == 7


NO_KEY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}
ROLE = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/edge-caller-role", "AWS_WEB_IDENTITY_TOKEN_FILE": "/a/token"}
ENDPOINT = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9911/"}
ENDPOINT_TOKEN = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "hush"}
FULL_URI_MISSING = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set in this test, and AWS_CONTAINER_AUTHORIZATION_TOKEN is"
)
COMMAND = {"EDGE_CREDENTIAL_COMMAND": "aws configure export-credentials"}


@pytest.mark.parametrize(
    ("given", "name"),
    [(ROLE, "WebIdentity"), (ENDPOINT, "ContainerEndpoint"), (COMMAND, "CommandOutput")],
)
def test_takes_credentials_that_renew_themselves(given: dict[str, str], name: str) -> None:
    credentials = settings(**NO_KEY, **given).credentials
    assert isinstance(credentials, RenewingCredentials)
    assert credentials.name == name


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (ROLE, "AWS_ACCESS_KEY_ID and AWS_WEB_IDENTITY_TOKEN_FILE are set"),
        (ENDPOINT, "AWS_ACCESS_KEY_ID and AWS_CONTAINER_CREDENTIALS_FULL_URI are set"),
        (COMMAND, "AWS_ACCESS_KEY_ID and EDGE_CREDENTIAL_COMMAND are set"),
        (NO_KEY | ROLE | COMMAND, "AWS_WEB_IDENTITY_TOKEN_FILE and EDGE_CREDENTIAL_COMMAND are set"),
        ({"AWS_ROLE_ARN": ROLE["AWS_ROLE_ARN"]}, "AWS_ACCESS_KEY_ID and AWS_ROLE_ARN are set"),
        (NO_KEY | {"AWS_ROLE_ARN": "a"} | ENDPOINT, "AWS_ROLE_ARN and AWS_CONTAINER_CREDENTIALS_FULL_URI are set"),
        (NO_KEY | {"AWS_ROLE_ARN": "a"} | COMMAND, "AWS_ROLE_ARN and EDGE_CREDENTIAL_COMMAND are set"),
        (NO_KEY | {"AWS_SESSION_TOKEN": "hush"} | ROLE, "AWS_SESSION_TOKEN and AWS_WEB_IDENTITY_TOKEN_FILE are set"),
        (NO_KEY | {"AWS_SESSION_TOKEN": "hush"} | COMMAND, "AWS_SESSION_TOKEN and EDGE_CREDENTIAL_COMMAND are set"),
        (NO_KEY | {"AWS_SECRET_ACCESS_KEY": "hush"} | COMMAND, "AWS_SECRET_ACCESS_KEY and EDGE_CREDENTIAL_COMMAND are"),
        (ENDPOINT_TOKEN, "AWS_ACCESS_KEY_ID and AWS_CONTAINER_AUTHORIZATION_TOKEN are set"),
        (NO_KEY | ENDPOINT_TOKEN, FULL_URI_MISSING),
        (NO_KEY | {"AWS_SESSION_TOKEN": "hush"}, "AWS_ACCESS_KEY_ID is not set in this test, and AWS_SESSION_TOKEN is"),
        (
            NO_KEY | ROLE | {"AWS_ROLE_ARN": ""},
            "AWS_ROLE_ARN is not set in this test, and AWS_WEB_IDENTITY_TOKEN_FILE is",
        ),
        (
            NO_KEY | ROLE | {"AWS_WEB_IDENTITY_TOKEN_FILE": ""},
            "AWS_WEB_IDENTITY_TOKEN_FILE is not set in this test, and AWS_ROLE_ARN is",
        ),
        (NO_KEY | ROLE | {"AWS_ENDPOINT_URL_STS": "http://sts.example/"}, "AWS_ENDPOINT_URL_STS"),
        (NO_KEY | ROLE | {"AWS_ROLE_ARN": "edge-caller-role"}, "isn't a role's ARN"),
        (NO_KEY | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/"}, "must begin with https://"),
        (NO_KEY | {"EDGE_CREDENTIAL_COMMAND": "aws 'half"}, "a quotation mark without its other half"),
    ],
)
def test_refuses_two_sources_and_half_a_one(given: dict[str, str], named: str) -> None:
    message = refusal(**given)
    assert named in message
    assert "hush" not in message


class TestAKeyInAFile:
    """Each call of its source is a reading."""

    @pytest.fixture(autouse=True)
    def source(self, directory: Path) -> None:
        self.file = directory / ".dev.vars"
        self.write("1")
        credentials = Settings.from_variables(*variables_of_process()).credentials
        assert isinstance(credentials, RenewingCredentials)
        self.readings = credentials._source
        self.readings._sleep = lambda seconds: None  # type: ignore[attr-defined]

    def write(self, number: str, more: str = "AWS_SECRET_ACCESS_KEY=hush\n") -> None:
        self.file.write_text(FILE.replace("000000002", f"00000000{number}") + more)

    def key(self) -> str:
        return self.readings().credentials.access_key_id[-1]

    def test_is_used_once_it_has_changed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.key() == "1"
        self.write("2")
        assert self.key() == "2"
        assert (
            capsys.readouterr().err
            == "edge_caller: .dev.vars has another key, AKIAEXAMPLE000000002: it is used from now on\n"
        )

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ("", "AWS_SECRET_ACCESS_KEY is not set in .dev.vars, and AWS_ACCESS_KEY_ID is"),
            ("AWS_SECRET_ACCESS_KEY=hush hush\n", "AWS_SECRET_ACCESS_KEY in .dev.vars has a space"),
            ("AWS_SECRET_ACCESS_KEY=hush\nAWS_ROLE_ARN=a\n", "AWS_ACCESS_KEY_ID and AWS_ROLE_ARN are set in .dev.vars"),
        ],
    )
    def test_stays_as_it_is_while_the_file_is_wrong(
        self, capsys: pytest.CaptureFixture[str], more: str, reason: str
    ) -> None:
        self.key()
        self.write("2", more)
        assert [self.key() for _ in range(4)] == ["1"] * 4
        said = capsys.readouterr().err
        assert said.startswith(f"edge_caller: {reason}")
        assert said.count("\n") == 1
        assert "hush" not in said

    def test_another_source_needs_a_restart(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.key()
        self.file.write_text("FUNCTION_URL=http://127.0.0.1:9000\nEDGE_CREDENTIAL_COMMAND=aws\n")
        assert [self.key() for _ in range(3)] == ["1"] * 3
        assert "another source of credentials than a key: it is used after a restart" in capsys.readouterr().err

    def test_of_a_pipe_is_read_once(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reader, writer = os.pipe()
        os.write(writer, (FILE + "AWS_SECRET_ACCESS_KEY=hush\n").encode())
        os.close(writer)
        monkeypatch.setenv("DEV_VARS", f"/dev/fd/{reader}")
        assert isinstance(Settings.from_variables(*variables_of_process()).credentials, Credentials)
        os.close(reader)
