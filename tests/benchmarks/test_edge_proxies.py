"""What the benchmark of the edge caller makes of its command line."""

import pytest

from benchmarks.edge.proxies import Proxy, filled_command, other_proxy
from benchmarks.edge.versions import commit_named, environment_name, named_versions
from running.tools import ToolError


def test_reads_another_proxy_with_its_quoted_words() -> None:
    proxy = other_proxy("mine=./proxy --port {port} --to '{scheme}://{host}' --name 'a b'")
    assert proxy == Proxy("mine", ["./proxy", "--port", "{port}", "--to", "{scheme}://{host}", "--name", "a b"])


def test_keeps_an_equals_sign_of_the_command() -> None:
    assert other_proxy("mine=./proxy --port={port} --to={upstream}").command[1] == "--port={port}"


@pytest.mark.parametrize(
    "text",
    [
        "./proxy --port {port} {upstream}",
        "=./proxy {port} {upstream}",
        "mine=",
        "mine=./proxy {upstream}",
        "mine=./proxy {port}",
        "mine=./proxy {port} {upstream} {password}",
        "mine=./proxy {port} {upstream.__class__.x}",
        "mine=./proxy {port} {upstream} {",
        "mine=./proxy {port} {upstream} {}",
        "mine=./proxy {port} '{upstream}",
        "a|b=./proxy {port} {upstream}",
    ],
)
def test_rejects_a_proxy_that_it_could_not_start(text: str) -> None:
    with pytest.raises(ToolError, match="--with"):
        other_proxy(text)


def test_fills_in_the_port_and_the_parts_of_the_upstream() -> None:
    command = ["proxy", "{port}", "{upstream}", "{scheme}", "{host}"]
    filled = filled_command(command, 8080, "https://localhost:4443/")
    assert filled == ["proxy", "8080", "https://localhost:4443/", "https", "localhost:4443"]


@pytest.mark.parametrize("name", ["no-such-commit", "--all", "", "HEAD:README.md"])
def test_rejects_a_commit_that_git_does_not_know(name: str) -> None:
    with pytest.raises(ToolError, match="git knows no commit of this name"):
        commit_named(name)


def test_an_environment_belongs_to_one_lock_and_one_python() -> None:
    names = {
        environment_name(lock, python)
        for lock in (b"aiohttp==3.14.4\n", b"aiohttp==3.14.5\n")
        for python in ("3.11.2", "3.13.0")
    }
    assert len(names) == 4
    assert environment_name(b"aiohttp==3.14.5\n", "3.13.0") in names


def test_names_the_versions_that_matter() -> None:
    lock = "aiohttp==3.14.5 \\\n    --hash=sha256:00\nidna==3.20 \\\nuvloop==0.23.0 ; sys_platform != 'win32' \\\n"
    assert named_versions(lock) == "aiohttp 3.14.5, uvloop 0.23.0"
