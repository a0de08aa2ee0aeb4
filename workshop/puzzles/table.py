"""The twelve puzzles in their order: which request each asks for, and what the stand-in finds at its start."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
STARTERS, SOLUTIONS, MINE = FOLDER / "starters", FOLDER / "solutions", FOLDER / "mine"


@dataclass(frozen=True)
class Puzzle:
    """`because` are the codes of what is wrong at the start, `starts_with` is part of AWS's answer to it.

    `body` is the JSON that is sent, `path` is decoded. `offers` is what given.py has for this puzzle.
    """

    number: int
    path: str
    because: tuple[str, ...]
    starts_with: str = "does not match"
    offers: str = ""
    method: str = "GET"
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    caller: str = "puzzle-caller"
    language: str = "py"

    @property
    def key(self) -> str:
        return f"{self.number:02}"

    @property
    def file(self) -> str:
        return f"puzzle_{self.key}.{self.language}"

    @property
    def given(self) -> str:
        return "given.mjs" if self.language == "mjs" else "given.py"

    @property
    def asks_for(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return (
            f"{self.method} {quote(self.path)}"
            + (f"?{query}" if query else "")
            + (f" {self.body}" if self.body else "")
        )


SIGN, SEND = "sign(method, target)", "send(method, target, headers)"
BY_HAND = "authorization(canonical_request, amz_date), amz_date_now()"

ALL = (
    Puzzle(1, "/items/1", ("not_signed",), "Forbidden", f"{SIGN}, {SEND}"),
    Puzzle(2, "/items/2", ("scope_service",), "scoped", f"sign(method, target, service=...), {SEND}"),
    Puzzle(
        number=3,
        path="/items/3",
        because=("secret_with_blank",),
        offers=f"SECRET_FILE, FILE_KEY_ID, sign(method, target, key=...), {SEND}",
        caller="key-from-file",
    ),
    Puzzle(4, "/items/4", ("local_time",), "not yet current", f"sign(method, target, at=...), {SEND}"),
    Puzzle(
        number=5,
        path="/orders",
        because=("body_json_form",),
        offers="sign(method, target, body), send(method, target, headers, body)",
        method="POST",
        body={"item": 5, "colour": "red"},
    ),
    Puzzle(
        number=6,
        path="/items/6",
        because=("query_as_sent",),
        offers=f"{BY_HAND}, {SEND}",
        query={"q": "tea cup", "limit": "2"},
    ),
    Puzzle(7, "/items/green tea", ("path_as_sent",), offers=f"{BY_HAND}, {SEND}"),
    Puzzle(
        number=8,
        path="/items/8",
        because=("header_changed_on_the_way",),
        offers=f"{BY_HAND}, send_through_proxy(method, target, headers)",
    ),
    Puzzle(
        number=9,
        path="/items/9",
        because=("token_missing",),
        starts_with="token included in the request is invalid",
        offers=f"YESTERDAYS_SESSION, assume_role(), sign(method, target, key=...), {SEND}",
        caller="todays-session",
    ),
    Puzzle(10, "/items/10", ("action_not_allowed",), "Forbidden", language="json"),
    Puzzle(11, "/items/11", ("condition_not_met",), "Forbidden", language="json"),
    Puzzle(
        number=12,
        path="/orders/green tea",
        because=("unknown_mistake",),
        offers=f"{BY_HAND}, send(method, target, headers, body)",
        method="POST",
        body={"item": 12},
    ),
)
LAST = ALL[-1].number
IN_JAVASCRIPT = replace(
    ALL[6], language="mjs", offers="authorization(canonicalRequest, amzDate), amzDateNow(), send(method, path, headers)"
)
