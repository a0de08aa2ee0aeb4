"""The twelve puzzles in their order: which request each asks for, and what the stand-in finds at its start."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
STARTERS, SOLUTIONS, MINE = FOLDER / "starters", FOLDER / "solutions", FOLDER / "mine"


@dataclass(frozen=True)
class Puzzle:
    """`because` are the codes of what is wrong at the start. `body` is the JSON that is sent, `path` is decoded."""

    number: int
    path: str
    because: tuple[str, ...]
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
    def asks_for(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.method} {self.path}" + (f"?{query}" if query else "") + (f" {self.body}" if self.body else "")


ALL = (
    Puzzle(1, "/items/1", ("not_signed",)),
    Puzzle(2, "/items/2", ("scope_service",)),
    Puzzle(3, "/items/3", ("secret_with_blank",)),
    Puzzle(4, "/items/4", ("not_yet_current", "local_time")),
    Puzzle(5, "/orders", ("unknown_mistake", "body_json_form"), "POST", body={"item": 5, "colour": "red"}),
    Puzzle(6, "/items/6", ("query_as_sent",), query={"q": "tea cup", "limit": "2"}),
    Puzzle(7, "/items/green tea", ("path_as_sent",)),
    Puzzle(8, "/items/8", ("unknown_mistake", "header_changed_on_the_way")),
    Puzzle(9, "/items/9", ("token_missing",), caller="todays-session"),
    Puzzle(10, "/items/10", ("action_not_allowed",), language="json"),
    Puzzle(11, "/items/11", ("condition_not_met",), language="json"),
    Puzzle(12, "/orders/green tea", ("unknown_mistake",), "POST", body={"item": 12}),
)
LAST = ALL[-1].number
