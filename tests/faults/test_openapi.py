"""Requests made up from the app's OpenAPI document, through the edge and the Function URL: none is a server error."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from lambda_app.main import create_app
from tests.faults.processes import HOST, Three

pytestmark = pytest.mark.faults

# Without /stream: a stream may last for minutes, and its events are no document.
schema = schemathesis.openapi.from_dict(create_app().openapi()).exclude(path="/stream")


@pytest.fixture(scope="module")
def edge_url() -> Iterator[str]:
    with Three() as three:
        yield f"http://{HOST}:{three.edge.port}"


@schema.parametrize()
@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_whatever_the_document_allows(case: Any, edge_url: str) -> None:
    case.call_and_validate(base_url=edge_url, checks=[not_a_server_error, response_schema_conformance])
