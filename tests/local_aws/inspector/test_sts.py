"""The calls of STS among the requests: who got a role, who didn't and why. No token and no key is on any page."""

import html
import re
from pathlib import Path

import httpx
import pytest

from local_aws.inspector.words import TABLE
from local_aws.reasons import Finding
from running.services import Services
from tests.local_aws.inspector.conftest import Stack
from tests.local_aws.inspector.test_pages import text_of
from tests.local_aws.sts.service import Service

pytestmark = pytest.mark.anyio
languages = pytest.mark.parametrize("language", ["en", "ja"])


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def observe(stack: Stack, service: Service) -> str:
    """The call's ID."""
    record = service.records[-1]
    stack.history.observe_sts(record)
    return record.request_id


@languages
async def test_a_refusal_is_listed_and_shown_with_its_reason(stack: Stack, service: Service, language: str) -> None:
    await service.assume(service.token(sub="other"))
    request_id = observe(stack, service)
    listed = text_of(await stack.text(f"/?lang={language}"))
    shown = text_of(await stack.text(f"/r/{request_id}?lang={language}"))
    [finding] = service.records[-1].findings
    assert "403 POST /sts STS" in listed
    assert finding.because(language) in listed
    assert "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity" in shown
    assert finding.because(language) in shown
    assert finding.do_this(language) in shown
    assert TABLE[language]["way"] not in shown  # no gates, and nothing to change and send
    assert TABLE[language]["change"] not in shown


@languages
async def test_a_grant_names_the_role(stack: Stack, service: Service, language: str) -> None:
    await service.assume(service.token())
    request_id = observe(stack, service)
    assert "200 POST /sts edge-caller-role STS" in text_of(await stack.text(f"/?lang={language}"))
    page = text_of(await stack.text(f"/r/{request_id}?lang={language}"))
    assert TABLE[language]["sts_granted"].format(role="edge-caller-role") in page


async def test_no_page_holds_a_token_or_a_key(stack: Stack, service: Service) -> None:
    secrets = []
    for token in (service.token(), service.token(sub="other"), service.token(exp=1), "not.a.token-at-all"):
        answer = await service.assume(token)
        secrets.append(token)
        if answer.status == 200:
            secrets += [answer.field(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        request_id = observe(stack, service)
        for path in ("/", f"/r/{request_id}", f"/r/{request_id}/case"):
            page = await stack.text(path)
            assert not [secret for secret in secrets if secret in page or secret[:40] in page]
    assert repr(stack.history.newest()).count("sub='") == 0


@languages
async def test_a_pasted_refusal_is_explained(stack: Stack, service: Service, language: str) -> None:
    token = service.token(aud="other")
    answer = await service.assume(token)
    page = (await stack.page.post(f"/paste?lang={language}", data={"paste": f"{token}\n{answer.text}"})).text
    assert Finding("why_sts_audience", True).because(language) in text_of(page)
    assert "<token>" in html.unescape(page)
    assert not [part for part in token.split(".") if part in page]


def test_the_page_lists_what_reaches_sts(services: Services) -> None:
    with httpx.Client(base_url=services.inspector_url, trust_env=False) as client:
        answer = client.get("/sts", params={"Action": "GetCallerIdentity", "Version": "2011-06-15"})
        assert answer.status_code == 400
        page = client.get("/").text
    assert re.search(r"400</span>\s*<span class=\"call\">GET /sts</span>", page)
    assert "STS was asked for GetCallerIdentity" in page
