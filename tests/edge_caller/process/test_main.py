"""`python -m edge_caller` as a real process: what it says at its start, and when it doesn't start at all."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_caller.__main__ import main
from running.ports import free_port
from tests.edge_caller.asgi import SECRET, VARIABLES

ROOT = Path(__file__).parent.parent.parent.parent
COMMAND = [sys.executable, "-u", "-m", "edge_caller"]
HUSH = {"AWS_SESSION_TOKEN": "hush-session", "EDGE_BEARER_TOKEN": "hush-bearer"}


def environment(**variables: str) -> dict[str, str]:
    """VARIABLES and those given, without the empty ones and without any of the shell that runs the tests."""
    values = {**VARIABLES, "PYTHONPATH": str(ROOT), **variables}
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"FUNCTION_URL": ""}, "FUNCTION_URL is not set in the environment"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID is not set in the environment"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS_SECRET_ACCESS_KEY is not set in the environment"),
        ({"FUNCTION_URL": "http://127.0.0.1:9000"}, "AWS_REGION is not set in the environment"),
        ({"FUNCTION_URL": "127.0.0.1:9000"}, "FUNCTION_URL is not a URL"),
        ({"FUNCTION_URL": "http://127.0.0.1:9000", "AWS_REGION": "Tokyo"}, "AWS_REGION in the environment is not"),
        ({"AWS_ACCESS_KEY_ID": "hush-id"}, "AWS_ACCESS_KEY_ID in the environment is not an access key ID"),
        ({"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE000000001"}, "set AWS_SESSION_TOKEN too"),
        ({"AWS_SECRET_ACCESS_KEY": SECRET + " "}, "AWS_SECRET_ACCESS_KEY in the environment has a space"),
        ({"EDGE_BEARER_TOKEN": "hush bearer"}, "EDGE_BEARER_TOKEN in the environment has a space"),
        ({"INVOKE_FUNCTION_NAME": "f"}, "set EDGE_BEARER_TOKEN too"),
        ({**HUSH, "INVOKE_FUNCTION_NAME": "f", "AWS_ENDPOINT_URL_LAMBDA": "x"}, "AWS_ENDPOINT_URL_LAMBDA is not a URL"),
        ({"DEV_VARS": "missing.vars"}, "missing.vars can't be read"),
    ],
)
def test_stops_the_start_with_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", environment(**variables))
    monkeypatch.setattr("sys.argv", ["edge_caller"])
    with pytest.raises(SystemExit, match=r"^2$"):
        main()
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("edge_caller: ")
    assert output.err.count("\n") == 1
    assert sentence in output.err
    assert not [hush for hush in ("hush", SECRET, "Traceback") if hush in output.err]


def test_a_process_that_cannot_start_ends_with_the_sentence_alone(tmp_path: Path) -> None:
    variables = environment(FUNCTION_URL="")
    result = subprocess.run(COMMAND, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "edge_caller: FUNCTION_URL is not set in the environment: "
        "set it there (.dev.vars.example shows each variable)\n"
    )


@contextmanager
def started(directory: Path, host: str, **variables: str) -> Iterator[tuple[int, list[str]]]:
    """The process, once it listens: its port, and the lines that it writes, whole when it has ended."""
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    command = [*COMMAND, "--host", host, "--port", str(port)]
    lines: list[str] = []
    with subprocess.Popen(
        command,
        env=environment(**variables),
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        try:
            while process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex((host, port)) == 0:
                        break
                time.sleep(0.02)
            yield port, lines
        finally:
            process.send_signal(signal.SIGTERM)
            lines += process.stdout.readlines()


def outcome(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str, **variables: str) -> str:
    """ "served" where the process would serve with these options, else the sentence that it ends with."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("os.environ", environment(**variables))
    monkeypatch.setattr("sys.argv", ["edge_caller", *options])
    monkeypatch.setattr("edge_caller.process.server.Granian", Served)
    try:
        main()
    except SystemExit as stopped:
        return {2: "refused"}[stopped.code]  # type: ignore[index]
    return "served"


class Served:
    """In the place of Granian: serves nothing."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def serve(self) -> None: ...


TOKEN = "sixteen-letters!"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - that is the case
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "refused"),
        ({"EDGE_BEARER_TOKEN": TOKEN}, "served"),
        ({"EDGE_BEARER_TOKEN": TOKEN[1:]}, "refused"),
        ({"EDGE_OPEN_TO_ANYONE": "yes"}, "served"),
        ({"EDGE_OPEN_TO_ANYONE": "no"}, "refused"),
        ({"EDGE_OPEN_TO_ANYONE": "true"}, "refused"),
    ],
)
def test_does_not_start_where_anyone_could_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, variables: dict[str, str], expected: str
) -> None:
    assert outcome(monkeypatch, tmp_path, "--host", host, "--port", str(free_port()), **variables) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_needs_no_token_on_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert outcome(monkeypatch, tmp_path, "--host", host, "--port", str(free_port())) == "served"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1", "127.0.0.1"),
        ("http://localhost", "127.0.0.1"),
        ("http://[::ffff:127.0.0.1]", "127.0.0.1"),
        ("http://127.0.0.1", "0.0.0.0"),  # noqa: S104 - that is the case
        ("http://127.0.0.2", "0.0.0.0"),  # noqa: S104
        ("http://0.0.0.0", "127.0.0.1"),
        ("http://[::]", "::1"),
    ],
)
def test_does_not_start_where_it_would_call_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, host: str
) -> None:
    port = free_port()
    own = {"FUNCTION_URL": f"{url}:{port}", "AWS_REGION": "eu-west-1", "EDGE_OPEN_TO_ANYONE": "yes"}
    assert outcome(monkeypatch, tmp_path, "--host", host, "--port", str(port), **own) == "refused"
    assert "FUNCTION_URL is this edge caller's own address" in capsys.readouterr().err
    assert outcome(monkeypatch, tmp_path, "--host", host, "--port", str(free_port()), **own) == "served"


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://127.0.0.2", "127.0.0.1"), ("http://127.0.0.1", "127.0.0.2"), ("http://[::1]", "127.0.0.1")],
)
def test_starts_where_the_function_has_another_address_and_the_same_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, host: str
) -> None:
    port = free_port()
    function = {"FUNCTION_URL": f"{url}:{port}", "AWS_REGION": "eu-west-1"}
    assert outcome(monkeypatch, tmp_path, "--host", host, "--port", str(port), **function) == "served"


def test_names_a_port_that_something_else_listens_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert outcome(monkeypatch, tmp_path, "--port", str(port)) == "refused"
    assert f"can't listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_names_a_port_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    assert outcome(monkeypatch, tmp_path, "--port", port) == "refused"
    assert port in capsys.readouterr().err


def test_says_how_many_connections_the_open_files_allow(tmp_path: Path) -> None:
    limited = ["sh", "-c", 'ulimit -n 400; exec "$@"', "sh", *COMMAND, "--port", str(free_port())]
    result = subprocess.run(limited, env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "this process may open 400 files: 136 connections fit" in result.stderr


def test_serves_names_its_target_and_tells_no_secret(tmp_path: Path) -> None:
    with started(tmp_path, "127.0.0.1", **HUSH) as (port, lines):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/_edge/health?q=hush")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"status":"ok"}')
        connection.close()
    text = "".join(lines)
    assert "calls abc123.lambda-url.ap-northeast-1.on.aws, with the variables of the environment" in text
    assert "/_edge/health" in text
    assert not [hush for hush in (*HUSH.values(), SECRET, "hush", "Traceback") if hush in text]


def test_takes_its_variables_from_dev_vars_in_the_current_directory(tmp_path: Path) -> None:
    variables = VARIABLES | {"FUNCTION_URL": "https://from-the-file.lambda-url.eu-west-1.on.aws/"}
    (tmp_path / ".dev.vars").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    with started(tmp_path, "127.0.0.1") as (_, lines):
        pass
    text = "".join(lines)
    assert "calls from-the-file.lambda-url.eu-west-1.on.aws, with the variables of .dev.vars" in text
    assert "signs with an access key, from .dev.vars" in text


def test_says_at_its_start_which_source_it_uses_and_until_when(tmp_path: Path) -> None:
    answer = {"Version": 1, "AccessKeyId": "ASIAX", "SecretAccessKey": "hush", "Expiration": "2099-01-01T00:00:00Z"}
    script = f"print({json.dumps(answer)!r})"
    (tmp_path / "helper.py").write_text(script)
    given = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    command = {"EDGE_CREDENTIAL_COMMAND": f"{sys.executable} {tmp_path / 'helper.py'}", "DEV_VARS": ""}
    with subprocess.Popen(
        [*COMMAND, "--port", str(free_port())],
        cwd=tmp_path,
        env=environment(**given, **command) | {"DEV_VARS": ""},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        lines = [process.stderr.readline() for _ in range(2)]
        process.terminate()
    assert lines[1] == "edge_caller: signs with CommandOutput, until 2099-01-01 00:00:00 UTC\n"
    assert "hush" not in "".join(lines)


def test_does_not_start_without_the_credentials_of_its_source(tmp_path: Path) -> None:
    given = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "EDGE_CREDENTIAL_COMMAND": "/no/such/command"}
    result = subprocess.run(
        [*COMMAND],
        cwd=tmp_path,
        env=environment(**given) | {"DEV_VARS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (
        2,
        "edge_caller: there are no valid credentials: /no/such/command can't be run (FileNotFoundError): "
        "check EDGE_CREDENTIAL_COMMAND\n",
    )
