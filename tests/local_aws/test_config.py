"""The variables of the stand-in: what they become, and a sentence for each that is wrong."""

import pytest

from local_aws.config import Settings
from local_aws.errors import ConfigurationError


def test_has_a_default_for_each() -> None:
    assert Settings.from_environment({}) == Settings("http://127.0.0.1:8000", 10, 30)


def test_takes_what_is_set() -> None:
    environment = {
        "LOCAL_AWS_WEB_APP_URL": "http://lambda-app:8080/",
        "LOCAL_AWS_RESERVED_CONCURRENCY": "0",
        "LOCAL_AWS_TIMEOUT_SECONDS": "900",
    }
    assert Settings.from_environment(environment) == Settings("http://lambda-app:8080/", 0, 900)


@pytest.mark.parametrize("url", ["http://localhost", "https://app.example:8443", "http://[::1]:8000/"])
def test_takes_the_url_of_a_web_app(url: str) -> None:
    assert Settings.from_environment({"LOCAL_AWS_WEB_APP_URL": url}).web_app_url == url


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
    with pytest.raises(ConfigurationError, match=r"^LOCAL_AWS_WEB_APP_URL isn't a URL: give ") as error:
        Settings.from_environment({"LOCAL_AWS_WEB_APP_URL": url})
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
        Settings.from_environment({name: value})
