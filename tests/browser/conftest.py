"""The inspector in a real browser: the local stack as processes, and Chromium from the system (CHROMIUM=<its path>)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from running.ports import free_ports
from running.processes import processes
from running.services import Services
from tests.browser.chromium import launched


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def stack() -> Iterator[Services]:
    """Of one test alone: its inspector has seen no request."""
    with processes(free_ports(), lambda service, line: None) as services:
        yield services


@pytest.fixture
def page(browser: Browser, stack: Services) -> Iterator[Page]:
    """The inspector's first page. An error or a warning in the browser's console fails the test."""
    with browser.new_context(
        base_url=stack.inspector_url, permissions=["clipboard-read", "clipboard-write"]
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        yield page
        allowed = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE", "404 (Not Found)", "ERR_EMPTY_RESPONSE")
        assert [text for text in complaints if not any(word in text for word in allowed)] == []
