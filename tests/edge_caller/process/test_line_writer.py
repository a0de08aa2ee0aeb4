"""The log of a process: it never waits, and says how many lines it dropped."""

import io
import json
import threading

import pytest

from edge_caller.process import line_writer
from edge_caller.process.line_writer import LineWriter


class Stalling(io.StringIO):
    """Standard output whose reader takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.waits = threading.Event()

    def write(self, text: str) -> int:
        self.waits.set()
        assert self.go_on.wait(10)
        return super().write(text)


def test_writes_the_lines_of_a_moment_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[str] = []

    class Counting(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    monkeypatch.setattr(line_writer, "GATHER_SECONDS", 10)
    monkeypatch.setattr("sys.stdout", Counting())
    writer = LineWriter()
    for number in range(3):
        writer.write(str(number))
    writer.close()
    assert pieces == ["0\n1\n2\n"]


def test_writes_each_line_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    writer = LineWriter()
    for number in range(100):
        writer.write(str(number))
    writer.close()
    assert output.getvalue().splitlines() == [str(number) for number in range(100)]


def test_drops_lines_while_the_reader_stalls_and_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_writer, "MAX_LINES", 3)
    monkeypatch.setattr(line_writer, "GATHER_SECONDS", 0)
    output = Stalling()
    monkeypatch.setattr("sys.stdout", output)
    writer = LineWriter()
    writer.write("first")
    assert output.waits.wait(10)  # the thread has taken it, and waits
    for number in range(5):
        writer.write(str(number))
    output.go_on.set()
    writer.close()
    *lines, count = output.getvalue().splitlines()
    assert lines == ["first", "0", "1", "2"]
    assert json.loads(count)["dropped_lines"] == 2


def test_does_not_wait_at_the_end_for_a_reader_that_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_writer, "CLOSE_SECONDS", 0.01)
    output = Stalling()
    monkeypatch.setattr("sys.stdout", output)
    writer = LineWriter()
    writer.write("first")
    writer.close()
    output.go_on.set()


@pytest.mark.parametrize("error", [BrokenPipeError, OSError(28, "No space left on device"), ValueError("closed file")])
def test_goes_on_when_a_line_cannot_be_written(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    failed = threading.Event()

    class Failing(io.StringIO):
        def write(self, text: str) -> int:
            if not failed.is_set():
                failed.set()
                raise error
            return super().write(text)

    output = Failing()
    monkeypatch.setattr(line_writer, "GATHER_SECONDS", 0)
    monkeypatch.setattr("sys.stdout", output)
    writer = LineWriter()
    writer.write("lost")
    assert failed.wait(10)
    writer.write("kept")
    writer.close()
    assert output.getvalue() == "kept\n"


def test_goes_on_without_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    writer = LineWriter()
    writer.write("lost")
    writer.close()
    assert writer._lines.empty()  # the thread has taken the line and its end
