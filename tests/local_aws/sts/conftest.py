from pathlib import Path

import pytest

from local_aws.iam.roles import ROLES_FILE
from policies.render import POLICIES
from tests.local_aws.sts.service import Service


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issuer's key is made once for all tests: that takes a tenth of a second."""
    return tmp_path_factory.mktemp("oidc")


@pytest.fixture
def service(request: pytest.FixtureRequest, key_folder: Path) -> Service:
    """With the project's own roles, or the copies of a test that edits them."""
    own = {"roles_file": ROLES_FILE, "policies": POLICIES}
    given = {name: request.getfixturevalue(name) for name in own if name in request.fixturenames}
    return Service(key_folder, **given)


@pytest.fixture
def roles_file(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text(ROLES_FILE.read_text("utf-8"), "utf-8")
    return path
