"""docker/kubernetes.yaml: no AWS key, a token for AWS alone, nothing as root, and as long to end as the edge takes.

Its form is checked against Kubernetes's own schemas by `make lint-infra`.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_caller.config import VARIABLE_NAMES
from edge_caller.limits import Limits

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker" / "kubernetes.yaml").read_text("utf-8")
DOCUMENTS: dict[str, Any] = {document["kind"]: document for document in yaml.safe_load_all(TEXT)}
POD = DOCUMENTS["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
VARIABLES = {variable["name"]: variable for variable in CONTAINER["env"]}


def test_has_no_key_and_its_variables_are_the_edge_callers() -> None:
    assert set(VARIABLES) <= set(VARIABLE_NAMES)
    assert not [name for name in VARIABLES if "ACCESS_KEY" in name or "SESSION_TOKEN" in name]
    assert VARIABLES["EDGE_BEARER_TOKEN"]["valueFrom"]["secretKeyRef"]["name"] == "edge-caller"
    assert "Secret" not in DOCUMENTS


def test_the_role_is_taken_with_a_token_for_aws_alone() -> None:
    [mount] = CONTAINER["volumeMounts"]
    [volume] = POD["volumes"]
    [source] = volume["projected"]["sources"]
    token = source["serviceAccountToken"]
    assert token["audience"] == "sts.amazonaws.com"
    assert VARIABLES["AWS_WEB_IDENTITY_TOKEN_FILE"]["value"] == f"{mount['mountPath']}/{token['path']}"
    assert POD["automountServiceAccountToken"] is False


def test_runs_as_nobody_and_writes_nothing() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_has_the_time_that_it_needs_to_end() -> None:
    drain = int(VARIABLES["EDGE_DRAIN_SECONDS"]["value"])
    assert drain == Limits().drain_seconds
    assert POD["terminationGracePeriodSeconds"] > drain + CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]


@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_a_probe_asks_the_edge_and_not_the_function(probe: str) -> None:
    assert CONTAINER[probe]["httpGet"] == {"path": "/_edge/health", "port": "http"}


def test_the_parts_find_each_other() -> None:
    labels = DOCUMENTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert DOCUMENTS["Service"]["spec"]["selector"] == labels
    assert DOCUMENTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert DOCUMENTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "edge-caller"
    assert DOCUMENTS["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    assert POD["serviceAccountName"] == DOCUMENTS["ServiceAccount"]["metadata"]["name"]
