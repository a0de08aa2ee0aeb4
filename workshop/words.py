"""Texts in English and Japanese from a TOML file: `name` is the English one, `name_ja` the Japanese."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def texts_of(path: Path, language: str) -> dict[str, Any]:
    """All texts of the file in one language, by their English names."""
    return _chosen(tomllib.loads(path.read_text("utf-8")), language)


def _chosen(table: Mapping[str, Any], language: str) -> dict[str, Any]:
    chosen = {}
    for name, value in table.items():
        if isinstance(value, dict):
            chosen[name] = _chosen(value, language)
        elif not name.endswith("_ja"):
            chosen[name] = table[f"{name}_ja"] if language == "ja" else value
    return chosen
