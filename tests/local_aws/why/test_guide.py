"""The guide page shows what happens."""

import pytest

from tests.docs.console import matches
from tests.docs.documents import DOCS, LANGUAGES, Document
from tests.local_aws.why.test_command import Run, asked, run  # noqa: F401 - fixtures


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_gives_what_is_shown(run: Run, language: str) -> None:  # noqa: F811
    page = Document(DOCS / language / "why-403.md")
    paste, shown = (block.text for block in page.blocks() if block.language == "text")
    code, output, _ = run(paste)
    assert matches(shown, output), output
    assert code == 1
