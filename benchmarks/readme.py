"""Replaces the measured part of a document: what stands between <!-- NAME --> and <!-- /NAME -->."""

from pathlib import Path

README = Path(__file__).parent / "README.md"


def replaced(text: str, name: str, block: str) -> str:
    """Raises ValueError if the text doesn't have both marks, once and in order."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, found_start, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not found_start or not found_end or start in after:
        raise ValueError(f"README needs <!-- {name} --> and <!-- /{name} -->, each on a line of its own, once")
    return f"{before}{start}\n{block}\n\n{end}{after}"


def write_block(name: str, block: str) -> None:
    README.write_text(replaced(README.read_text("utf-8"), name, block), "utf-8")


def picture(path: str, text: str) -> str:
    """A chart for both colour schemes. Its files are PATH-light.svg and PATH-dark.svg."""
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="{path}-dark.svg">\n'
        f'  <img src="{path}-light.svg" alt="{text}">\n</picture>'
    )
