"""The policies of the cases: those of policies/, and the few of this folder that nobody should deploy."""

from pathlib import Path

from policies.render import POLICIES

OWN = Path(__file__).parent / "policies"


def policy_files() -> dict[str, Path]:
    """The documents by name, with the tokens that `policies.render` fills in."""
    found = [*POLICIES.glob("*.json"), *OWN.glob("*.json")]
    return {path.stem: path for path in sorted(found) if not path.stem.startswith("trust-")}
