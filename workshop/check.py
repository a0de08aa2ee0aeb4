"""`make chapter-03`: checks what a chapter asks for, and names the first step that differs.

The learner's files are in workshop/exercises/mine, which git ignores; they are copied from starters/ the first time.
It runs the learner's code as it is, in this process. A hint comes with the second try of the same step, not at once.
Exit code 1: it is the learner's turn. 2: there is no such chapter.
"""

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_aws.errors import LocalAwsError
from local_aws.reasons import language_of
from running.ports import NotRunning
from workshop.answers import check_clean_up, check_own_call, check_policy, check_reasons, check_steps
from workshop.differs import Differs
from workshop.services import check_call, check_event, check_running, check_stream
from workshop.signing import check_signing
from workshop.words import texts_of

ROOT = Path(__file__).parent.parent
EXERCISES = ROOT / "workshop" / "exercises"
TEXTS = Path(__file__).parent / "chapters.toml"
Check = Callable[[Path], list[str]]
Texts = dict[str, Any]

CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "01": (check_running, ()),
    "02": (check_reasons, ("read_a_403.json",)),
    "03": (check_signing, ("canonical_request.py", "signature.py")),
    "04": (check_call, ()),
    "05": (check_event, ()),
    "06": (check_steps, ("steps.json",)),
    "07": (check_policy, ("policy.json", "trust.json")),
    "08": (check_clean_up, ()),
    "09": (check_own_call, ("my_call.txt",)),
    "10": (check_stream, ()),
}


def copy_starters(names: tuple[str, ...], folder: Path, texts: Texts) -> None:
    """Copies the files to edit, with their comments in the learner's language."""
    comments = texts_of(TEXTS, "en")["comments"]
    for name in names:
        if not (folder / name).exists():
            folder.mkdir(exist_ok=True)
            text = (EXERCISES / "starters" / name).read_text("utf-8")
            for comment, english in comments.items():
                text = text.replace(english, texts["comments"][comment])
            (folder / name).write_text(text, "utf-8")
            print(texts["new"].format(file=f"{os.path.relpath(folder, ROOT)}/{name}"))


def run(chapter: str, folder: Path, texts: Texts) -> int:
    check, names = CHECKS[chapter]
    copy_starters(names, folder, texts)
    number = int(chapter)
    try:
        shown = check(folder)
    except Differs as difference:
        report(number, difference, folder, texts)
        return 1
    except (LocalAwsError, NotRunning, OSError) as error:
        print(texts["says"].format(chapter=number, text=error))
        return 1
    except Exception as error:  # whatever the learner's code raises
        print(texts["stopped"].format(chapter=number, place=place_of(error, folder, texts), error=error_of(error)))
        return 1
    print(*shown, texts["ok"].format(chapter=number), sep="\n")
    return 0


def report(number: int, difference: Differs, folder: Path, texts: Texts) -> None:
    name = difference.name
    details = difference.details
    if "step" in details:
        details = details | {"step": texts["steps"].get(details["step"], details["step"])}
    text = difference.text or texts[name].format(**details)
    print(texts["says"].format(chapter=number, text=text))
    if name == "differs":
        print(f"  --- {texts['yours']}", f"  +++ {texts['wanted']}", sep="\n")
    print(*difference.shown, sep="\n", end="\n" if difference.shown else "")
    hint = difference.hint
    if hint in ("HTTP method", ""):
        return
    if tries(number, hint, folder) == 1:
        print(texts["try_first"])
    else:
        print(texts["hint"].format(step=texts["steps"].get(hint, hint), text=texts["hints"][hint.replace(" ", "_")]))


def tries(number: int, step: str, folder: Path) -> int:
    """How often this step was tried, this time included. Kept beside the learner's files."""
    file = folder / "tries.json"
    try:
        kept = json.loads(file.read_text("utf-8"))
        count = int(kept[f"{number} {step}"]) + 1
    except (OSError, ValueError, KeyError, TypeError):
        kept, count = {}, 1
    kept[f"{number} {step}"] = count
    file.write_text(json.dumps(kept), "utf-8")
    return count


def place_of(error: Exception, folder: Path, texts: Texts) -> str:
    """File and line of the learner's that raised it."""
    if isinstance(error, SyntaxError) and error.filename:
        return str(texts["place"]).format(file=Path(error.filename).name, line=error.lineno)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().parent == folder.resolve()]
    if not own:
        return str(texts["your_file"])
    return str(texts["place"]).format(file=Path(own[-1].filename).name, line=own[-1].lineno)


def error_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m workshop.check", description="Check a chapter's exercise.")
    parser.add_argument("chapter")
    parser.add_argument("--folder", type=Path, default=EXERCISES / "mine", help="the files to check")
    options = parser.parse_args()
    texts = texts_of(TEXTS, language_of())
    chapter = options.chapter.zfill(2)
    if not re.fullmatch(r"\d+", chapter) or chapter not in CHECKS:
        print(texts["no_chapter"].format(chapter=options.chapter, last=len(CHECKS)))
        return 2
    return run(chapter, options.folder, texts)


if __name__ == "__main__":
    sys.exit(main())
