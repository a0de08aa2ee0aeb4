"""Chromium from the system: CHROMIUM names it, else /usr/bin/chromium."""

import os

from playwright.sync_api import Browser, Playwright

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launched(playwright: Playwright) -> Browser:
    """Its user data folder is an empty one that Playwright makes and removes."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=path, args=OPTIONS)
