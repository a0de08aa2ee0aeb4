"""`python -m edge_caller` as a real process: what it says at its start, and when it doesn't start at all."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_caller.__main__ import main
from tests.edge_caller.asgi import SECRET, VARIABLES

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-u", "-m", "edge_caller"]
HUSH = {"AWS_SESSION_TOKEN": "hush-session", "EDGE_BEARER_TOKEN": "hush-bearer"}
OPEN_TO_ALL = "set EDGE_BEARER_TOKEN to ask for a token"


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
        ({"FUNCTION_NAME": "f"}, "set EDGE_BEARER_TOKEN too"),
        ({**HUSH, "FUNCTION_NAME": "f", "AWS_ENDPOINT_URL_LAMBDA": "x"}, "AWS_ENDPOINT_URL_LAMBDA is not a URL"),
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
    """The process, once it answers: its port, and the lines that it writes, whole when it has ended."""
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
            for line in process.stdout:
                lines.append(line)
                if "running on" in line:
                    break
            yield port, lines
        finally:
            process.send_signal(signal.SIGTERM)
            lines += process.stdout.readlines()


@pytest.mark.parametrize(
    ("host", "variables", "warned"),
    [("127.0.0.1", {}, False), ("0.0.0.0", {}, True), ("0.0.0.0", HUSH, False)],  # noqa: S104 - that is the case
)
def test_warns_only_when_anyone_may_reach_it_without_a_token(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    variables: dict[str, str],
    warned: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", environment(**variables))
    monkeypatch.setattr("sys.argv", ["edge_caller", "--host", host])
    monkeypatch.setattr("edge_caller.__main__.serve", lambda arguments: None)
    main()
    assert (OPEN_TO_ALL in capsys.readouterr().err) is warned


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
    assert "calls from-the-file.lambda-url.eu-west-1.on.aws, with the variables of .dev.vars" in "".join(lines)
