"""What make local-dev shows of each request, from what the three services log about it."""

import json

import pytest

from running import colours
from running.request_lines import HEADER, RequestLines


class Shown:
    """The lines that were shown, with a clock to turn."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 0.0
        self.requests = RequestLines(self.lines.append, lambda: self.now)

    def app(self, call: str, status: int) -> None:
        self.requests.on_line("lambda_app", f'INFO:     127.0.0.1:0 - "{call} HTTP/1.1" {status} Whatever')

    def url(self, call: str, status: int, reason: str = "") -> None:
        self.requests.on_line("local_aws", f"INFO:     {status} {call}{' - ' if reason else ''}{reason}")

    def edge(self, call: str, status: int | None, upstream: int | None, error: str | None = None) -> None:
        method, path = call.split(" ", 1)
        log = {"method": method, "path": path, "status": status, "upstream_status": upstream, "duration_ms": 4.9}
        self.requests.on_line("edge_caller", json.dumps(log | {"error": error}))

    def later(self, seconds: float = 10) -> list[str]:
        self.now += seconds
        self.requests.show_the_rest()
        return self.lines


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_a_request_through_all_three_is_one_line_below_the_headings(shown: Shown) -> None:
    shown.app("GET /items/42?q=hello", 200)
    shown.url("GET /items/42", 200)
    shown.edge("GET /items/42", 200, 200)
    assert [HEADER, *shown.lines] == [
        " edge  URL  app      time  request",
        "  200  200  200    4.9 ms  GET /items/42",
    ]
    assert shown.later() == shown.lines


def test_the_services_may_log_in_any_order(shown: Shown) -> None:
    shown.edge("GET /a b", 200, 200)
    shown.url("GET /a b", 200)
    shown.app("GET /a%20b", 200)
    assert shown.lines == ["  200  200  200    4.9 ms  GET /a b"]


def test_two_requests_that_are_alike_are_two_lines(shown: Shown) -> None:
    for _ in range(2):
        shown.app("GET /", 200)
    for _ in range(2):
        shown.url("GET /", 200)
        shown.edge("GET /", 200, 200)
    assert shown.later() == ["  200  200  200    4.9 ms  GET /"] * 2


def test_a_refusal_has_its_reason_below(shown: Shown) -> None:
    shown.url("GET /", 403, "AccessDeniedException: The request is not signed. Sign it with SigV4.")
    assert shown.lines == []
    assert shown.later() == [
        "    -  403    -         -  GET /",
        "                           AccessDeniedException: The request is not signed. Sign it with SigV4.",
    ]


def test_a_refusal_is_not_taken_for_the_call_of_the_app_before_it(shown: Shown) -> None:
    shown.app("GET /", 200)
    shown.url("GET /", 403, "not signed")
    assert shown.later()[:2] == ["    -    -  200         -  GET /", "    -  403    -         -  GET /"]


def test_the_canonical_request_stands_below_the_reason(shown: Shown) -> None:
    shown.url("GET /", 403, "InvalidSignatureException: changed")
    for line in ("The canonical request that AWS makes:", "    GET", "    /"):
        shown.requests.on_line("local_aws", line)
    assert [line[27:] for line in shown.later()[1:]] == [
        "InvalidSignatureException: changed",
        "The canonical request that AWS makes:",
        "    GET",
        "    /",
    ]


def test_a_refusal_at_the_edge_went_no_further(shown: Shown) -> None:
    shown.edge("GET /a/../b", 400, None, "the path has a . or .. segment")
    assert shown.later()[0] == "  400    -    -    4.9 ms  GET /a/../b"


def test_a_call_of_the_app_alone_is_shown_once_nobody_else_can_log_it(shown: Shown) -> None:
    shown.app("GET /", 200)
    assert shown.later(1) == []
    assert shown.later(3) == ["    -    -  200         -  GET /"]


def test_the_invoke_api_is_one_line_too(shown: Shown) -> None:
    path = "/2015-03-31/functions/fastapi-sample/invocations"
    shown.app("POST /events", 200)
    shown.url(f"POST {path}", 200)
    assert shown.later() == [f"    -  200  200         -  POST {path}"]


def test_the_question_whether_a_service_is_up_is_not_shown(shown: Shown) -> None:
    shown.app("GET /healthz", 200)
    shown.edge("GET /_edge/health", 200, None)
    assert shown.later() == []


def test_a_request_that_still_waits_at_the_end_is_shown(shown: Shown) -> None:
    shown.edge("GET /a", 200, 200)
    assert shown.lines == []
    shown.requests.show_all()
    assert shown.lines == ["  200    -    -    4.9 ms  GET /a"]
    shown.requests.show_all()
    assert len(shown.lines) == 1


@pytest.mark.parametrize("line", ["Traceback (most recent call last):", '{"half', "INFO:     Started", "{}", "[]"])
def test_other_lines_are_shown_as_they_are(shown: Shown, line: str) -> None:
    shown.requests.on_line("edge_caller", line)
    assert shown.lines == [f"edge_caller | {line}"]


def test_nothing_that_a_client_sends_begins_another_line(shown: Shown) -> None:
    shown.edge("GET /a\n\x1b[2J", 200, None)
    shown.app("GET /b%0A%1B", 200)
    assert all(line.isprintable() for line in shown.later())


class TestColours:
    def test_are_red_for_refusals_and_failures_alone(self) -> None:
        assert [colours.colour_of(*given) for given in ((403, True), (502, False))] == [colours.RED] * 2
        assert [colours.colour_of(*given) for given in ((404, False), (None, False))] == [None] * 2
        assert colours.colour_of(200, False) == colours.GREEN

    @pytest.mark.parametrize(
        ("terminal", "variables", "wanted"),
        [
            (True, {}, True),
            (False, {}, False),
            (True, {"NO_COLOR": "1"}, False),
            (True, {"NO_COLOR": ""}, True),
            (True, {"TERM": "dumb"}, False),
        ],
    )
    def test_are_for_a_terminal_without_no_color(
        self, monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str], wanted: bool
    ) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
        for name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert colours.coloured("x", colours.RED) == ("\x1b[31mx\x1b[0m" if wanted else "x")
