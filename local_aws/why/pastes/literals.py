"""Finds names with their values in JavaScript, Python, JSON and PowerShell literals, without running any of them.

A scanner, not a parser: a paste may begin or end anywhere.
"""

import re
from dataclasses import dataclass, field
from itertools import islice

TOKEN = re.compile(
    r"""(?P<string>[bru]{0,2}"(?:[^"\\\n]|\\.)*"|[bru]{0,2}'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
    r"""|(?P<open>[\[({])|(?P<close>[\])}])|(?P<separator>=>|[:=,])|(?P<word>[^\s"'`\[\](){}:=,]+)"""
)
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))")
SHORT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "b": "\b", "f": "\f"}
HTTP_NAME = re.compile(r"[:!#$%&*+.^_|~0-9A-Za-z-]+")
MAX_TOKENS = 200_000


@dataclass
class Group:
    """The names, in lower case, and values of one object, or of one list of pairs, in their order."""

    pairs: list[tuple[str, str]] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name), None)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def tokens_of(text: str) -> list[Token]:
    found = islice(TOKEN.finditer(text), MAX_TOKENS)
    return [Token(one.lastgroup or "", unquoted(one[0]) if one.lastgroup == "string" else one[0]) for one in found]


def unquoted(literal: str) -> str:
    """The text of a string literal. Python's b'' holds bytes: they become text as UTF-8."""
    quote_at = min(index for index in map(literal.find, "\"'`") if index >= 0)
    text = ESCAPE.sub(_unescaped, literal[quote_at + 1 : -1])
    if "b" in literal[:quote_at].lower() and all(ord(character) < 256 for character in text):
        return text.encode("latin-1").decode("utf-8", "surrogateescape")
    return text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else SHORT.get(found[3], found[3])


def groups_of(text: str) -> list[Group]:
    """Every object, dict or list of pairs in the text that holds at least one name with a value."""
    tokens = tokens_of(text)
    everything: list[Group] = [Group()]
    open_groups = [everything[0]]
    for index, token in enumerate(tokens):
        if token.kind == "open":
            group = open_groups[-1] if is_pair(tokens, index) else Group()
            everything += [] if group is open_groups[-1] else [group]
            open_groups.append(group)
        elif token.kind == "close" and len(open_groups) > 1:
            move_name_and_value(open_groups.pop(), open_groups[-1])
        elif value_follows(tokens, index):
            open_groups[-1].pairs.append((token.text.lower(), tokens[index + 2].text))
    return [group for group in everything if group.pairs]


def pairs_in(text: str) -> tuple[tuple[str, str], ...]:
    """All names, in lower case, with their values: the headers of a literal that holds nothing else."""
    return tuple(pair for group in groups_of(text) for pair in group.pairs)


def move_name_and_value(group: Group, outer: Group) -> None:
    """{name: 'Host', value: 'x'} is one header of the list around it."""
    if group is not outer and [name for name, _ in group.pairs] == ["name", "value"]:
        outer.pairs.append((group.pairs[0][1].lower(), group.pairs[1][1]))
        group.pairs.clear()


def is_pair(tokens: list[Token], index: int) -> bool:
    """Whether a bracket opens ['name', 'value']."""
    inside = tokens[index + 1 : index + 5]
    kinds = [token.kind for token in inside]
    return kinds[:4] == ["string", "separator", "string", "close"] and inside[1].text == ","


def value_follows(tokens: list[Token], index: int) -> bool:
    """Whether this token is a name whose value is the token after the next one."""
    name, rest = tokens[index], tokens[index + 1 : index + 3]
    if name.kind not in ("string", "word") or len(rest) < 2 or rest[0].kind != "separator":
        return False
    if not (rest[1].kind == "string" or rest[1].text.isdecimal()) or not HTTP_NAME.fullmatch(name.text):
        return False
    pair = rest[0].text == "," and index > 0 and tokens[index - 1].kind == "open" and is_pair(tokens, index - 1)
    return pair or rest[0].text in (":", "=", "=>")
