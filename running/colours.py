"""Colours for a terminal: none where standard output isn't one, or where NO_COLOR is set. Source: https://no-color.org"""

import os
import sys

RED, GREEN, GREY = 31, 32, 90


def colours_wanted() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str, colour: int | None) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and colours_wanted() else text


def colour_of(status: int | None, refused: bool) -> int | None:
    """Red for a refusal or a failure, green for a success, none for a 404 of the app."""
    if status is None:
        return None
    if refused or status >= 500:
        return RED
    return GREEN if status < 400 else None
