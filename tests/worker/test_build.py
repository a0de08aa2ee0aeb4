"""The build step puts the edge caller beside the Worker's entry point, and nothing else."""

from pathlib import Path

from worker.build import ROOT, build


def test_every_module_is_copied_but_those_of_a_process(tmp_path: Path) -> None:
    source = ROOT / "edge_caller"
    expected = {path.relative_to(source) for path in source.rglob("*.py")}
    target = tmp_path / "edge_caller"
    copied = {path.relative_to(target) for path in build(target)}
    assert copied == {path for path in expected if path.parts[0] not in ("__main__.py", "process")}


def test_a_copy_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    target = tmp_path / "edge_caller"
    for copy in build(target):
        assert copy.read_bytes() == (ROOT / "edge_caller" / copy.relative_to(target)).read_bytes()


def test_nothing_of_an_earlier_build_stays(tmp_path: Path) -> None:
    stale = tmp_path / "edge_caller" / "gone.py"
    stale.parent.mkdir()
    stale.touch()
    assert stale not in build(stale.parent)
    assert not stale.exists()
