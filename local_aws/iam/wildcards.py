"""IAM's wildcards: `*` is any text, `?` any one character.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource".
"""

from collections.abc import Callable, Iterator
from string import ascii_lowercase, ascii_uppercase

TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def lower(text: str) -> str:
    """In lower case, but only A to Z: no other letter equals one of an action's."""
    return text.translate(TO_LOWER)


def like(text: str, pattern: str) -> bool:
    return matches(text, pattern, crosses=lambda index: True)


def resource_like(arn: str, pattern: str) -> bool:
    """In a resource, a `*` reaches across a colon only at the end of one of the ARN's parts."""
    return matches(arn, pattern, crosses=lambda index: pattern[index + 1 : index + 2] in ("", ":"))


def matches(text: str, pattern: str, crosses: Callable[[int], bool]) -> bool:
    """Whether the whole text matches. It keeps where the pattern so far can end, so that no pattern takes long.

    `crosses(index)` tells whether the `*` there may stand for a colon, too.
    """
    ends = {0}
    for index, character in enumerate(pattern):
        if character == "*":
            ends = set(reached(text, ends, ":" if not crosses(index) else ""))
        else:
            ends = {end + 1 for end in ends if end < len(text) and character in ("?", text[end])}
    return len(text) in ends


def reached(text: str, ends: set[int], stop: str) -> Iterator[int]:
    """Each place to which a `*` that begins at one of the ends can reach, up to the character `stop`."""
    within = False
    for place in range(len(text) + 1):
        within = place in ends or (within and text[place - 1] != stop)
        if within:
            yield place


def arn_like(arn: str, pattern: str) -> bool:
    """Each of an ARN's six parts is compared on its own: a `*` doesn't reach across a colon."""
    parts, patterns = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(like, parts, patterns))
