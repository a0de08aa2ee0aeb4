"""The inspector as a person uses it."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from running.services import Services

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def send(page: Page, name: str) -> None:
    """Presses the button of a call and waits for its row."""
    count = page.locator(".row").count()
    page.locator(f'button[value="{name}"]').click()
    expect(page.locator(".row")).to_have_count(count + 1)


def open_row(page: Page, number: int = 0) -> None:
    page.locator(".row a").nth(number).click()
    page.wait_for_url(re.compile("/r/"))


def violations(page: Page) -> list[str]:
    """What axe finds. It is put into the page by the debugger, which the page's policy doesn't concern."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def test_a_request_from_outside_appears_at_once_and_the_example_goes(page: Page, stack: Services) -> None:
    expect(page.locator("#example")).to_be_visible()
    httpx.get(f"{stack.edge_url}/items/42?q=hello", trust_env=False)
    expect(page.locator(".row .call")).to_have_text("GET /items/42?q=hello")
    expect(page.locator("#example")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "gate", "shown"),
    [
        ("unsigned", "Claim", "--aws-sigv4"),
        ("service", "Signature", "execute-api"),
        ("clock", "Signature", "AWS expects"),
        ("action", "Permission", "Add this statement"),
        ("changed", "Signature", "hellp"),
    ],
)
def test_a_refused_call_shows_its_reason_after_one_click(page: Page, name: str, gate: str, shown: str) -> None:
    send(page, name)
    open_row(page)
    expect(page.locator(".gate.failed > details")).to_have_attribute("open", "")
    expect(page.locator(".gate.failed > details > summary b")).to_have_text(gate)
    expect(page.locator(".gate.failed .inside")).to_contain_text(shown)
    expect(page.locator(".says .because dd").first).to_be_in_viewport()


def test_a_good_call_is_broken_with_two_clicks(page: Page) -> None:
    send(page, "good")
    open_row(page)
    expect(page.locator(".gate.passed")).to_have_count(5)
    page.locator("[data-break]").click()
    expect(page.locator("#target")).to_have_value("/items/42?q=hellp")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1 .status")).to_have_text("403")
    expect(page.locator(".gate.failed > details > summary b")).to_have_text("Signature")


def test_a_changed_call_signed_anew_passes(page: Page) -> None:
    send(page, "unsigned")
    open_row(page)
    page.get_by_role("link", name="Change and send").click()
    page.locator("select").select_option("edge-caller")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1 .status")).to_have_text("200")


def test_copies_a_curl_command_without_a_signature(page: Page) -> None:
    send(page, "good")
    open_row(page)
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"' in copied
    assert "Signature" not in copied


def test_a_pasted_request_is_explained(page: Page) -> None:
    page.get_by_role("link", name="Paste one of your own").click()
    answer = 'HTTP/1.1 403 Forbidden\nx-amzn-errortype: AccessDeniedException\n\n{"Message":"Forbidden."}'
    page.locator("textarea[name=paste]").fill(f"GET / HTTP/1.1\nhost: x.lambda-url.us-east-1.on.aws\n\n{answer}")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".because dd").first).to_contain_text("not signed")


def test_japanese_by_the_browsers_language_and_by_the_switch(browser: Browser, stack: Services) -> None:
    with browser.new_context(base_url=stack.inspector_url, locale="ja-JP") as context:
        page = context.new_page()
        page.goto("/")
        expect(page.locator("h1")).to_have_text("なぜ 403 になるのか")
        send(page, "unsigned")
        page.get_by_role("link", name="English").click()
        open_row(page)
        expect(page.locator(".because dd").first).to_contain_text("The request is not signed.")
        page.get_by_role("link", name="日本語").click()
        expect(page.locator(".because dd").first).to_contain_text("リクエストが署名されていません。")


def test_the_keyboard_moves_opens_goes_back_and_filters(page: Page) -> None:
    for name in ("good", "unsigned", "action"):
        send(page, name)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator(".row a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".gate.failed > details > summary b")).to_have_text("Claim")
    expect(page.get_by_role("button", name="Large text")).to_be_visible()  # the page listens to keys from then on
    page.keyboard.press("Escape")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("article")
    expect(page.locator(".row:visible")).to_have_count(1)
    page.keyboard.type("-nobody")
    expect(page.locator("#no-match")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".row:visible")).to_have_count(3)


def test_large_text_stays_on_the_next_page(page: Page) -> None:
    send(page, "unsigned")
    page.get_by_role("button", name="Large text").click()
    open_row(page)
    expect(page.locator("html")).to_have_class("large")


def test_a_stand_in_that_is_gone_is_named_and_the_list_stays(page: Page, stack: Services) -> None:
    send(page, "good")
    [local_aws] = [program for program in stack.programs if program.name == "local_aws"]
    local_aws.stop()
    expect(page.locator("#bar")).to_contain_text("make local-dev", timeout=20_000)
    expect(page.locator(".row")).to_have_count(1)
    local_aws.start()
    expect(page.locator("#bar")).to_be_hidden(timeout=20_000)
    expect(page.locator(".row")).to_have_class(re.compile("old"))
    send(page, "unsigned")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_axe_finds_nothing(browser: Browser, stack: Services, scheme: Any, width: int) -> None:
    size: Any = {"width": width, "height": 800}
    with browser.new_context(base_url=stack.inspector_url, color_scheme=scheme, viewport=size) as context:
        page = context.new_page()
        page.goto("/")
        found = {"/": violations(page)}
        for name in ("unsigned", "changed", "service", "action", "good"):
            send(page, name)
        for path in ["/", "/paste", "/r/unknown", *page.locator(".row a").evaluate_all("all => all.map(a => a.href)")]:
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found[path] = violations(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    assert {path: what for path, what in found.items() if what} == {}
