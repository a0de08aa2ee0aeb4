"""The build step puts the edge caller beside the Worker's entry point, and nothing else."""

from pathlib import Path

from scripts.worker_build import ROOT, build


def test_every_module_is_copied_but_those_of_a_process(tmp_path: Path) -> None:
    names = {path.name for path in build(tmp_path / "edge_caller")}
    assert names == {path.name for path in (ROOT / "edge_caller").glob("*.py")} - {"__main__.py", "transport.py"}


def test_a_copy_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    for copy in build(tmp_path / "edge_caller"):
        assert copy.read_bytes() == (ROOT / "edge_caller" / copy.name).read_bytes()


def test_nothing_of_an_earlier_build_stays(tmp_path: Path) -> None:
    stale = tmp_path / "edge_caller" / "gone.py"
    stale.parent.mkdir()
    stale.touch()
    assert stale not in build(stale.parent)
    assert not stale.exists()
