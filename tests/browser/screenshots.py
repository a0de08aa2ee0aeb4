"""`make screenshots`: draws the pictures of the inspector in docs/en and docs/ja: a list, and a request."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from running.ports import free_ports
from running.processes import processes
from tests.browser.chromium import launched

DOCS = Path(__file__).parents[2] / "docs"
CALLS = ("unsigned", "service", "action", "good", "changed")
SIZE: Any = {"width": 1000, "height": 640}


def main() -> None:
    with processes(free_ports(), lambda service, line: None) as services, sync_playwright() as playwright:
        browser = launched(playwright)
        for language in ("en", "ja"):
            draw(browser, services.inspector_url, language)
        browser.close()


def draw(browser: Browser, url: str, language: str) -> None:
    with browser.new_context(base_url=url, viewport=SIZE, color_scheme="light", locale=language) as context:
        page = context.new_page()
        page.goto("/")
        for name in CALLS if language == "en" else ():
            count = page.locator(".row").count()
            page.locator(f'button[value="{name}"]').click()
            page.locator(".row").nth(count).wait_for()
        page.goto("/")
        page.locator(".address").evaluate("one => one.textContent = one.textContent.replace(/:[0-9]+ /, ':9000 ')")
        save(page, DOCS / language / "pictures" / "inspector-list.png", 730)
        page.locator(".row a").first.click()
        page.locator(".gate.failed").wait_for()
        save(page, DOCS / language / "pictures" / "inspector-request.png", 795)


def save(page: Page, path: Path, height: int) -> None:
    page.set_viewport_size({"width": SIZE["width"], "height": height})
    page.locator("#large").wait_for()
    page.screenshot(path=path, animations="disabled")
    print(f"{path.relative_to(DOCS.parent)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
