"""The development container, checked for form: its keys and types, and that it agrees with the project."""

import json
from pathlib import Path

from running.ports import Ports

ROOT = Path(__file__).parent.parent.parent
FOUND = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
# The names that it uses, with their types: the Dev Container reference, "General devcontainer.json properties".
KNOWN = {
    "name": str,
    "image": str,
    "features": dict,
    "forwardPorts": list,
    "portsAttributes": dict,
    "postCreateCommand": str,
}


def test_every_property_is_known_and_of_its_type() -> None:
    assert {name: type(value) for name, value in FOUND.items()} == KNOWN


def test_it_forwards_the_ports_of_the_services() -> None:
    ports = set(vars(Ports()).values())
    assert set(FOUND["forwardPorts"]) == {int(port) for port in FOUND["portsAttributes"]} == ports


def test_it_runs_a_command_that_there_is() -> None:
    command, target = FOUND["postCreateCommand"].split()
    assert command == "make"
    assert f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8")
