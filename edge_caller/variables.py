"""The variables: of `.dev.vars` or the process, and the checks that are the same for all of them.

Source: [Cloudflare Workers, "Secrets"](https://developers.cloudflare.com/workers/configuration/secrets/) (`.dev.vars`).
"""

import io
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from edge_caller.errors import ConfigurationError

Variables = Mapping[str, str | None]

DEV_VARS = ".dev.vars"
WITH_SPACES = ("EDGE_CREDENTIAL_COMMAND", "EDGE_TRUSTED_PROXIES")


def variables_of_process() -> tuple[Variables, str, Path | None]:
    """The variables, their source, and the file that they may be read from again: `.dev.vars`, or the environment.

    It is never a mix. DEV_VARS in the environment names another file; empty, it means that no file is read.
    Raises ConfigurationError when the file can't be read, or a named one isn't there.
    """
    named = os.environ.get("DEV_VARS")
    path = DEV_VARS if named is None else named
    if not path or (named is None and not os.path.exists(path)):
        return os.environ, "the environment", None
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read ({type(error).__name__}): it must be a text file") from error
    return variables_in(text), path, Path(path) if os.path.isfile(path) else None  # a pipe can be read once


def variables_in(text: str) -> Variables:
    """Of a text in the form of `.dev.vars`."""
    from dotenv import dotenv_values  # here, since a Worker has neither the package nor a file

    return dotenv_values(stream=io.StringIO(text), interpolate=False)


def given_in(variables: Variables, names: Iterable[str], source: str) -> Variables:
    """Those of these names, None for an empty one. Raises ConfigurationError for one with white space."""
    given = {name: variables.get(name) or None for name in names}
    for name, value in given.items():
        if value and re.search(r"\s", value) and name not in WITH_SPACES:
            raise ConfigurationError(f"{name} in {source} has a space or line break in it: write the value alone")
    return given


def required(given: Variables, name: str, source: str) -> str:
    value = given[name]
    if not value:
        raise ConfigurationError(f"{name} is not set in {source}: set it there (.dev.vars.example shows each variable)")
    return value
