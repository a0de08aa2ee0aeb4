from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from edge_caller.signer.errors import SigningError
from edge_caller.signer.presign import presign
from edge_caller.signer.sigv4 import Credentials

CREDENTIALS = Credentials("AKIALOCAL00000000001", "secret")
URL = "https://abc123.lambda-url.ap-northeast-1.on.aws/a%20b?z=1&a=2"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def presigned(url: str = URL, credentials: Credentials = CREDENTIALS, expires_seconds: int = 60) -> str:
    return presign(url, credentials=credentials, timestamp=NOON, expires_seconds=expires_seconds)


def test_the_url_stays_and_the_signature_comes_last() -> None:
    url = presigned()
    assert url.startswith(URL + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIALOCAL00000000001%2F20261123%2F")
    assert [name for name, _ in parse_qsl(urlsplit(url).query)][2:] == [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ]


@pytest.mark.parametrize("token", [None, "token/+="])
def test_the_signature_is_botocores(token: str | None) -> None:
    url = presigned(credentials=Credentials("AKIALOCAL00000000001", "secret", token))
    unsigned, _, signature = url.partition("&X-Amz-Signature=")
    keys = BotocoreCredentials("AKIALOCAL00000000001", "secret", token)
    oracle = SigV4QueryAuth(keys, "lambda", "ap-northeast-1", expires=60)
    request = AWSRequest("GET", unsigned)
    request.context["timestamp"] = "20261123T120000Z"
    text = oracle.string_to_sign(request, oracle.canonical_request(request))
    assert signature == oracle.signature(text, request)


def test_an_earlier_signature_is_replaced() -> None:
    temporary = Credentials("ASIALOCAL00000000004", "secret", "token")
    assert presigned(presigned(credentials=temporary)) == presigned()


def test_a_url_without_path_or_query_gets_both() -> None:
    assert presigned("https://abc123.lambda-url.ap-northeast-1.on.aws").startswith(
        "https://abc123.lambda-url.ap-northeast-1.on.aws/?X-Amz-Algorithm="
    )


HOST = "abc123.lambda-url.ap-northeast-1.on.aws"


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}:443/a%20b?z=1&a=2",
        f"https://{HOST}:/a%20b?z=1&a=2",
        f"https://{HOST}:0443/a%20b?z=1&a=2",
        f"HTTPS://{HOST}:443/a%20b?z=1&a=2",
        f"https://{HOST.upper()}/a%20b?z=1&a=2",
        f"https://{HOST}/a b?z=1&a=2",
        f"https://{HOST}/./x/../a%20b?z=1&a=2",
        f"https://{HOST}/%2e/x/%2E%2E/a%20b?z=1&a=2",
        f"https://{HOST}/%61%20%62?z=1&a=2",
        f"https://{HOST}/a%20b?z=1&a=2#fragment",
        f"https://@{HOST}/a%20b?z=1&a=2",
    ],
)
def test_every_spelling_of_a_url_is_signed_in_one_form(url: str) -> None:
    assert presigned(url) == presigned()


@pytest.mark.parametrize(
    ("path", "normalized"),
    [
        ("/a%2fb", "/a%2Fb"),
        ("/%7euser", "/~user"),
        ("/a|b^c[d]", "/a%7Cb%5Ec%5Bd%5D"),
        ("/100%", "/100%25"),
        ("/%zz", "/%25zz"),
        ("/é", "/%C3%A9"),
        ("/%c3%a9", "/%C3%A9"),
        ("/!$&'()*+,;=:@", "/!$&'()*+,;=:@"),
        ("//a//b", "//a//b"),
    ],
)
def test_a_path_gets_the_form_that_every_client_sends(path: str, normalized: str) -> None:
    assert presigned(f"https://{HOST}{path}").startswith(f"https://{HOST}{normalized}?X-Amz-Algorithm=")


def test_a_host_that_is_not_ascii_is_signed_as_it_is_looked_up() -> None:
    url = presign(
        "https://BÜCHER.example/", credentials=CREDENTIALS, timestamp=NOON, expires_seconds=60, region="eu-west-1"
    )
    assert url.startswith("https://xn--bcher-kva.example/?X-Amz-")


def test_a_method_is_signed_in_upper_case_as_clients_send_it() -> None:
    urls = [
        presign(URL, method=method, credentials=CREDENTIALS, timestamp=NOON, expires_seconds=60)
        for method in ("delete", "DELETE")
    ]
    assert urls[0] == urls[1] != presigned()


def test_another_port_is_part_of_the_host_that_is_signed() -> None:
    assert presigned(URL.replace("on.aws", "on.aws:8443")).rpartition("=")[2] != presigned().rpartition("=")[2]


def test_a_query_with_two_readings_is_rewritten() -> None:
    assert "?q=a%20b&X-Amz-" in presigned("https://abc123.lambda-url.ap-northeast-1.on.aws/?q=a+b")


@pytest.mark.parametrize(
    "url",
    [
        "/path",
        "ftp://host/",
        "https:///path",
        "https://user@host/",
        "https://host\\@evil/",
        "https://host/\n",
        " https://host/",
    ],
)
def test_rejects_a_malformed_url(url: str) -> None:
    with pytest.raises(SigningError, match="the URL to presign must begin with http:// or https:// and a host"):
        presigned(url)


@pytest.mark.parametrize("expires_seconds", [0, -1, 301])
def test_rejects_an_expiry_out_of_bounds(expires_seconds: int) -> None:
    said = f"expires_seconds is {expires_seconds}: give 1 to 300, the most that lambda takes"
    with pytest.raises(SigningError, match=said):
        presigned(expires_seconds=expires_seconds)


def test_another_service_takes_seven_days() -> None:
    def url(expires_seconds: int) -> str:
        return presign(
            "https://api.example/",
            credentials=CREDENTIALS,
            timestamp=NOON,
            expires_seconds=expires_seconds,
            region="us-east-1",
            service="execute-api",
        )

    assert "X-Amz-Expires=604800&" in url(604_800)
    with pytest.raises(SigningError, match="give 1 to 604800, the most that execute-api takes"):
        url(604_801)
