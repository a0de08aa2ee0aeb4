"""Plain words: phrases that had to be read twice, or that read as a translation, don't come back.

Each phrase was in the project once. They are examples: a sentence like them is as wrong.
"""

import os
import re
from pathlib import Path

import pytest

from tests.docs.documents import ENGLISH_ONLY, LANGUAGES, ROOT, Document, documents


def listed(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


JAPANESE = listed("""
呼び出し側|代役|本当に|取り除|ひとりでに|訪問者|知られて|問題文書|例をコピーします|どう見えるか|届く人は
応答の途切れる|リクエストにすることは|バイトのまま|空の組|クリックする|それにログインした|少し後で
その代わりに何を使う|誤ったことを信じる|待つことはリハーサル|ここに持ってきて|の言うことを読みます|どの情報源も
## 地図|ネットワークなしの 30 台|ではない番号|終点まで|役を務め|時刻は近い|見知らぬ|率直|1 回の HMAC|だから両側
両側が|写し取られた|あなたの番|穴のある|穴を埋め|「整える」|出ていくところ|ちょうどそこに|混んでいて
をログインさせ|AWS の前にあり|許可するまでは|開くのは|何年も生きる|全部で 2 行|なくなったら|すぐにそう言い
形の誤り|形、型|元になる例外|去った|## やり直し|Ctrl-C まで|見るもの|戻ってくるもの|拒否します。どう|目で確かめ
自身の言葉
""")

# Only in documents: a source may need the word.
DOCUMENTS = listed(
    "anew|visitor|to nobody|what stands|which of both|one's own|really verif|really enforce|takes the app for"
)

ENGLISH = listed("""
come to be at the first|goes without it|the one clock of a request|costs less than one for each stage
timers tell no time|moved the deadline away|those that wait on their own|To be held from before|it to be closed
visitor's request|Made anew|go out unchanged|told in full|to parse a URL costs|have the server wait for it
as the log tells it|It is then set right|Those to sign|canonical as they stand|whose text never shows
could be read in two ways|escapes nothing is one|as the look-up|takes its time for all that
Nobody is there any more|the client's to honour|by its door|of a repeated header the first|its status lost
is none: is it|no statement does so|no number from|no line of ASCII|What is no Lambda|around one invocation
are with it at once|that are no UTF-8|what is no JSON|is no address|what stands in|already as it should be
everything is called at AWS|attach twice is|not answered is not|by itself, once|all else byte for byte
set out for more|counts after the next start|number that is none|to import is to compile|of one's own drops
really enforced there|call that fails here|asks the IAM policies|come under another name|takes the app for ready
installs them, stays behind|tells it not to|of what they import|That was the crate|AWS does a little later
function that is new|no waiting is rehearsed|believes a false thing|the one function there is
What no source proves|where there is something better|else wrote into it|not told by you|is only who signs
no more than that, to nobody|find the reason of|is its time near|the signature whole|another last byte
is all it lives|last but one makes|that is what the canonical request is for
that you saw in|a door in front|event that is no HTTP
The rest of what it does|busy as it was|as a user who may|use it? Rehearse|readable for everyone|opens one thing
what of that was proven|from the internet only|what the key opens|what it moved|taken on for a while
Of this project|mistakes of form|waits for its place|that a 403 can teach|which of both|put the sources in order
clients that others wrote
""")

SUFFIXES = {".py", ".toml", ".jsonc", ".yaml", ".tf", ".Dockerfile", ".js", ".mjs", ".md", ""}


def plain(text: str) -> str:
    """One line, without the marks of comments, so that a phrase is found across lines."""
    return re.sub(r"\s+(?:(?:#|//|\*)+\s+)?", " ", text)


def phrases_in(text: str, phrases: list[str]) -> set[str]:
    joined = plain(text)
    return {phrase for phrase in phrases if phrase in joined}


def sources() -> list[Path]:
    """The project's own files, the documents and this file apart."""
    left_out = {"docs", "node_modules", "python_modules", "mine", "solutions", "requirements"}
    copy = ROOT / "worker" / "src" / "edge_caller"
    found: list[Path] = []
    for name, folders, files in os.walk(ROOT):
        folder = Path(name)
        folders[:] = [f for f in folders if f not in left_out and not f.startswith(".") and folder / f != copy]
        found += [folder / file for file in files if file not in (Path(__file__).name, "package-lock.json")]
    return sorted(path for path in found if path.suffix in SUFFIXES and path.is_file())


ENGLISH_DOCUMENTS = [*documents("en"), *(Document(ROOT / name) for name in ENGLISH_ONLY)]


@pytest.mark.parametrize("document", ENGLISH_DOCUMENTS, ids=lambda document: document.name)
def test_an_english_page_is_plain(document: Document) -> None:
    assert phrases_in(document.text, ENGLISH + DOCUMENTS + JAPANESE) == set()


@pytest.mark.parametrize("document", documents("ja"), ids=lambda document: document.name)
def test_a_japanese_page_reads_as_japanese(document: Document) -> None:
    assert phrases_in(document.text, JAPANESE) == set()


def test_sources_are_plain() -> None:
    found: dict[str, set[str]] = {}
    for path in sources():
        for phrase in phrases_in(path.read_text("utf-8", errors="replace"), ENGLISH):
            found.setdefault(phrase, set()).add(path.relative_to(ROOT).as_posix())
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phrases_are_found(language: str) -> None:
    """A list whose phrases never match proves nothing."""
    text, phrases = ("the app\n# takes the app\n# for ready", ENGLISH) if language == "en" else ("呼び出し側", JAPANESE)
    assert len(phrases_in(text, phrases)) == 1
