"""The pytest fixture `function_url`: call it with an ASGI app, and it returns a Function URL for this test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def function_url() -> Iterator[Callable[..., str]]:
    """`function_url(app, callers=...)` takes the arguments of `local_aws.testing.function_url`."""
    from local_aws import testing  # only here: pytest loads this plugin in environments without the extra, too

    with ExitStack() as urls:
        yield lambda app, **options: urls.enter_context(testing.function_url(app, **options))
