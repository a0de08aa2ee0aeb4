"""make demo-stream: the table says what came when, and the exit code whether it streamed."""

import pytest

from scripts.demo_stream import Times, main, table

BUFFERED = Times("BUFFERED", {"app": [0.1, 0.4, 0.7, 1.0, 1.3], "client": [1.31] * 5})
STREAMED = Times("RESPONSE_STREAM", {"app": [0.1, 0.4, 0.7, 1.0, 1.3], "client": [0.11, 0.41, 0.71, 1.01, 1.31]})


def test_has_a_row_for_each_event_and_both_modes_beside_each_other() -> None:
    lines = table(BUFFERED, STREAMED).splitlines()
    assert lines[0].split() == ["BUFFERED", "RESPONSE_STREAM"]
    assert lines[1].split() == ["event", "app", "client", "app", "client"]
    assert lines[2].split() == ["1", "0.10", "1.31", "0.10", "0.11"]
    assert len(lines) == 7


@pytest.mark.parametrize(
    ("buffered", "streamed", "status"), [(BUFFERED, STREAMED, 0), (BUFFERED, BUFFERED, 1), (STREAMED, STREAMED, 1)]
)
def test_fails_where_a_mode_does_not_do_what_its_name_says(
    monkeypatch: pytest.MonkeyPatch, buffered: Times, streamed: Times, status: int
) -> None:
    monkeypatch.setattr("scripts.demo_stream.stop_on_signals", lambda: None)
    monkeypatch.setattr("scripts.demo_stream.timed_call", {"BUFFERED": buffered, "RESPONSE_STREAM": streamed}.get)
    assert main() == status


def test_streams_through_the_real_services(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("scripts.demo_stream.stop_on_signals", lambda: None)
    assert main() == 0
    assert "Who buffers?" in capsys.readouterr().out
