"""Which heads are refused, and who may say where a request came from."""

import pytest

from edge_caller.headers import SAID_BY_PROXIES
from edge_caller.incoming import MAX_HEAD_BYTES
from tests.edge_caller.asgi import RawHeaders, Upstream, ask, edge

pytestmark = pytest.mark.anyio


async def refusal(*headers: tuple[bytes, bytes], target: str = "/", **scope: object) -> int:
    """The status of the refusal. Nothing was sent to the function, and the client's connection closes."""
    upstream = Upstream()
    answer = await ask(edge(upstream), target, headers=headers, **scope)  # type: ignore[arg-type]
    assert upstream.requests == []
    assert answer.values("connection") == ["close"]
    return answer.status


async def forwarded(*headers: tuple[bytes, bytes], client: str = "192.0.2.7", **variables: str) -> RawHeaders:
    upstream = Upstream()
    answer = await ask(edge(upstream, **variables), headers=headers, client=(client, 50000))
    assert answer.status == 200, answer.body
    return upstream.request.headers.raw


def values(headers: RawHeaders, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key.lower() == name]


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b""],
        [b"a", b"b"],
        [b"a", b"a"],
        [b"a", b""],
        [b"", b"a"],
        [b"a b"],
        [b"a,b"],
        [b"user@a"],
        [b"a/b"],
        [b"a:"],
        [b"a:x"],
        [b"\xe9"],
    ],
)
async def test_refuses_a_host_that_is_missing_doubled_or_malformed(hosts: list[bytes]) -> None:
    headers = [(b"host", host) for host in hosts]
    upstream = Upstream()
    scope = {"headers": headers, "http_version": "1.1"}
    answer = await ask(edge(upstream), **scope | {"headers": headers or [(b"host", b"")]})  # type: ignore[arg-type]
    assert (answer.status, upstream.requests) == (400, [])
    assert "Host" in answer.problem["detail"]


@pytest.mark.parametrize("version", ["1", "1.0"])
async def test_takes_a_request_of_http_1_0_without_host(version: str) -> None:
    upstream = Upstream()
    assert (await ask(edge(upstream), headers=[(b"host", b"")], http_version=version)).status == 200
    assert values(upstream.request.headers.raw, b"x-forwarded-host") == []


@pytest.mark.parametrize("host", [b"edge.example", b"edge_1.example:8787", b"[::1]:8787", b"192.0.2.1"])
async def test_tells_the_function_the_public_host(host: bytes) -> None:
    assert values(await forwarded((b"host", host)), b"x-forwarded-host") == [host]


@pytest.mark.parametrize(
    "codings", [[b"gzip"], [b"gzip, chunked"], [b"gzip", b"chunked"], [b"chunked", b"chunked"], [b"identity"], [b""]]
)
async def test_refuses_a_transfer_coding_that_it_does_not_decode(codings: list[bytes]) -> None:
    assert await refusal(*[(b"transfer-encoding", coding) for coding in codings], method="POST") == 501


async def test_refuses_a_length_beside_chunks() -> None:
    assert await refusal((b"transfer-encoding", b"chunked"), (b"content-length", b"1"), method="POST") == 400


@pytest.mark.parametrize("name", [b"x-kept", b"x-amz-dropped", b"x-forwarded-dropped", b"connection", b"cookie"])
async def test_counts_all_headers_before_any_is_dropped(name: bytes) -> None:
    assert await refusal((name, b"v" * MAX_HEAD_BYTES)) == 431


async def test_counts_the_url_too() -> None:
    assert await refusal(target="/" + "v" * MAX_HEAD_BYTES) == 431
    assert await refusal(target="/?" + "v" * MAX_HEAD_BYTES) == 431


@pytest.mark.parametrize("value", [b"edge-caller", b"cloudflare, edge-caller", b"Edge-Caller; v=1"])
async def test_refuses_a_request_that_it_sent_itself(value: bytes) -> None:
    assert await refusal((b"cdn-loop", value)) == 508


@pytest.mark.parametrize("value", [b"my-edge-caller", b"edge-caller.example", b"cloudflare; for=edge-caller"])
async def test_takes_no_other_name_for_its_own(value: bytes) -> None:
    assert values(await forwarded((b"cdn-loop", value)), b"cdn-loop") == [value, b"edge-caller"]


async def test_names_itself_in_what_it_sends_and_keeps_the_others() -> None:
    assert values(await forwarded((b"cdn-loop", b"cloudflare")), b"cdn-loop") == [b"cloudflare", b"edge-caller"]


PROXIES = sorted(SAID_BY_PROXIES | {b"x-forwarded-for", b"x-forwarded-proto", b"x-original-url", b"cf-connecting-ip"})


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize("spelled", [bytes, bytes.upper, lambda name: name.replace(b"-", b"_")])
async def test_takes_from_no_client_what_only_a_proxy_may_say(name: bytes, spelled: object) -> None:
    headers = await forwarded((spelled(name), b"forged"))  # type: ignore[operator]
    assert b"forged" not in [value for _, value in headers]


@pytest.mark.parametrize(
    "name", [b"x-amz-date", b"x-amzn-request-context", b"X_Amzn_Lambda_Context", b"transfer_encoding"]
)
@pytest.mark.parametrize("client", ["192.0.2.7", "10.0.0.5"])
async def test_takes_from_no_one_what_only_aws_or_the_edge_may_say(name: bytes, client: str) -> None:
    headers = await forwarded((name, b"forged"), client=client, EDGE_TRUSTED_PROXIES="10.0.0.5")
    assert b"forged" not in [value for _, value in headers]


@pytest.mark.parametrize("comma", [",", ", "])
@pytest.mark.parametrize("client", ["10.0.0.5", "10.1.2.3", "::ffff:10.0.0.5", "2001:db8::1"])
async def test_keeps_what_a_trusted_proxy_says(client: str, comma: str) -> None:
    trusted = {"EDGE_TRUSTED_PROXIES": comma.join(["10.0.0.5", "10.1.0.0/16", "2001:db8::/64"])}
    said = [(b"x-forwarded-for", b"198.51.100.9"), (b"forwarded", b"for=_x"), (b"x-forwarded-host", b"public.example")]
    headers = await forwarded(*said, client=client, **trusted)
    assert [header for header in headers if header in said] == said
    assert values(headers, b"x-forwarded-host") == [b"public.example"]


@pytest.mark.parametrize("client", ["10.0.0.6", "192.0.2.7", "2001:db9::1"])
async def test_trusts_no_other_address(client: str) -> None:
    headers = await forwarded((b"x-forwarded-for", b"forged"), client=client, EDGE_TRUSTED_PROXIES="10.0.0.5")
    assert values(headers, b"x-forwarded-for") == []


async def test_trusts_no_one_where_the_server_does_not_tell_the_address() -> None:
    upstream = Upstream()
    headers = [(b"x-forwarded-for", b"forged")]
    await ask(edge(upstream, EDGE_TRUSTED_PROXIES="0.0.0.0/0"), headers=headers, client=None)
    assert values(upstream.request.headers.raw, b"x-forwarded-for") == []


async def test_forwards_the_clients_authorization_under_another_name() -> None:
    headers = await forwarded(
        (b"authorization", b"Bearer of-the-app"),
        (b"x-authorization", b"forged"),
        (b"X_Authorization", b"forged"),
        EDGE_FORWARD_AUTHORIZATION_AS="x-authorization",
    )
    assert values(headers, b"x-authorization") == [b"Bearer of-the-app"]
    assert b"Bearer of-the-app" not in values(headers, b"authorization")
    assert b"forged" not in [value for _, value in headers]


async def test_drops_the_clients_authorization_otherwise() -> None:
    assert b"Bearer of-the-app" not in [value for _, value in await forwarded((b"authorization", b"Bearer of-the-app"))]
