"""A program is started, waited for and stopped, with everything that it started; or one sentence says why not."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from running.ports import NotRunning, answers, free_port, free_ports
from running.program import Program, inherited_variables, started
from running.stopping import Stopped, signals_held, stop_on_signals

FOREVER = "import time; print('ready', flush=True); time.sleep(600)"


def python(code: str, **options: object) -> Program:
    return Program("program", [sys.executable, "-c", code], os.environ, **options)  # type: ignore[arg-type]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3] if Path("/proc").exists() else True


def test_gives_each_line_and_ends_with_the_block() -> None:
    lines: list[str] = []
    with started(python(FOREVER, on_line=lines.append), lambda: bool(lines)) as program:
        pid = program.process.pid
    assert lines == ["ready"]
    assert not is_alive(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stops_what_the_program_started_too(number: signal.Signals) -> None:
    start_child = f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])"
    code = f"import subprocess, sys; {start_child}; print(child.pid, flush=True); child.wait()"
    lines: list[str] = []
    with started(python(code, on_line=lines.append), lambda: len(lines) == 2) as program:
        program.stop(number)
        [child] = [int(line) for line in lines if line.isdecimal()]
        for _ in range(200):
            if not is_alive(child):
                return
            threading.Event().wait(0.01)
        pytest.fail("the child is left")


def test_kills_a_program_that_ignores_sigterm() -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"
    lines: list[str] = []
    with started(python(code, on_line=lines.append, stop_seconds=0.1), lambda: bool(lines)) as program:
        pid = program.process.pid
    assert not is_alive(pid)


# At SIGTERM it waits for a second one, in vain, and then says how many came.
COUNTS = """
import signal, time
came = []
signal.signal(signal.SIGTERM, lambda *_: came.append(1))
print("ready", flush=True)
while not came:
    time.sleep(0.01)
print("told", flush=True)
time.sleep(0.5)
print(len(came), flush=True)
"""


def test_a_program_that_was_told_to_end_is_not_told_again() -> None:
    lines: list[str] = []
    with started(python(COUNTS, on_line=lines.append), lambda: bool(lines)) as program:
        program.tell_to_end()
        program.wait_until(lambda: len(lines) == 2)
    assert lines == ["ready", "told", "1"]


def test_starts_again_after_it_was_stopped() -> None:
    lines: list[str] = []
    with started(python(FOREVER, on_line=lines.append), lambda: bool(lines)) as program:
        program.stop()
        program.start()
        program.wait_until(lambda: len(lines) == 2)


def test_says_that_the_program_ended() -> None:
    with (
        pytest.raises(NotRunning, match=r"^program ended with status 3: see its log above$"),
        started(python("raise SystemExit(3)"), lambda: False),
    ):
        pass


def test_says_that_the_program_did_not_answer_in_time() -> None:
    with (
        pytest.raises(NotRunning, match=r"^program didn't answer within 0\.1 seconds"),
        started(python(FOREVER), lambda: False, 0.1),
    ):
        pass


def test_says_that_the_program_is_missing() -> None:
    missing = Program("program", ["no-such-program"], {})
    with pytest.raises(NotRunning, match=r"^no-such-program can't be run: `make doctor` says how"), started(missing):
        pass


def test_no_setting_of_the_shell_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "EDGE_BEARER_TOKEN", "FUNCTION_URL", "LOCAL_AWS_TIMEOUT_SECONDS", "DEV_VARS", "MINE"):
        monkeypatch.setenv(name, "value")
    assert "MINE" in inherited_variables()
    assert "MINE" not in inherited_variables("MI")
    assert not [name for name in inherited_variables() if name.startswith(("AWS_", "EDGE_", "FUNC", "LOCAL", "DEV_V"))]


def test_nothing_answers_on_a_free_port() -> None:
    assert not answers(free_port())


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
class TestASignal:
    def test_stops_once(self) -> None:
        stop_on_signals()
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)

    def test_waits_until_a_started_process_is_known(self) -> None:
        stop_on_signals()
        known = []

        def start() -> None:
            with signals_held():
                with signals_held():
                    signal.raise_signal(signal.SIGINT)
                known.append("process")

        with pytest.raises(Stopped):
            start()
        assert known

    def test_does_not_interrupt_the_stopping(self) -> None:
        stop_on_signals()
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGTERM)
        with signals_held():
            signal.raise_signal(signal.SIGTERM)


def test_its_text_shows_no_variable() -> None:
    assert "secret-value" not in repr(Program("program", ["true"], {"AWS_SECRET_ACCESS_KEY": "secret-value"}))


def test_no_free_port_is_one_that_a_connection_could_get_meanwhile() -> None:
    """Linux gives those from 32768 on to outgoing connections, and to whoever asks for port 0."""
    ports = [port for _ in range(50) for port in vars(free_ports()).values()]
    assert all(20_000 <= port < 32_768 for port in ports)
    assert all(len(set(vars(free_ports()).values())) == 4 for _ in range(50))
