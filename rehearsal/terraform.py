"""The rehearsal of infra/main.tf, with Terraform or OpenTofu and a provider from a mirror: no registry is asked.

It works on a copy, so that no state, and no provider, is left in infra/.
Source: Terraform documentation, "CLI configuration file", "Provider installation".
"""

import os
import shutil
from pathlib import Path

from infra.dev_vars import DevVars
from infra.settings import Settings
from rehearsal.local_cloud import ISSUER, SUBJECT
from rehearsal.runner import Rehearsal

TERRAFORM = shutil.which("terraform") or shutil.which("tofu") or ""
MIRROR = Path(os.environ.get("TF_PLUGINS") or "/opt/tf-plugins")
CHANGE = ("-auto-approve", "-input=false", "-no-color")


def terraform_is_here(rehearsal: Rehearsal) -> bool:
    if TERRAFORM and MIRROR.is_dir():
        return True
    rehearsal.leave_out("main.tf", "no terraform, or no mirror with its provider (TF_PLUGINS)")
    return False


def apply_main_tf(rehearsal: Rehearsal, folder: Path) -> None:
    (folder / "terraformrc").write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{MIRROR}" }}\n}}\n')
    shutil.copytree("policies", folder / "policies")  # main.tf reads the policy there
    shutil.copytree("infra", folder / "infra", ignore=shutil.ignore_patterns(".venv", ".terraform*", "*.py"))
    variables = f'image_uri               = "{pushed_image(rehearsal)}"\ndelete_keys_with_caller = false\n'
    variables += f'issuer                  = "{ISSUER}"\nsubject                 = "{SUBJECT}"\n'
    (folder / "infra" / "rehearsal.auto.tfvars").write_text(variables)
    terraform(rehearsal, folder, "fmt", "-check")
    terraform(rehearsal, folder, "init", "-input=false", "-no-color")
    terraform(rehearsal, folder, "validate", "-no-color")
    terraform(rehearsal, folder, "apply", *CHANGE, expected="11 added")
    terraform(rehearsal, folder, "apply", *CHANGE, expected="No changes")


def destroy_main_tf(rehearsal: Rehearsal, folder: Path) -> None:
    """At AWS, Terraform deletes the key with the user; ministack doesn't know all that it asks for then."""
    file = DevVars(rehearsal.dev_vars)
    words = ("--user-name", Settings.caller_name, "--access-key-id", file.access_key_id or "")
    rehearsal.run(rehearsal.variables["AWS"], "iam", "delete-access-key", *words)
    file.forget_key()
    terraform(rehearsal, folder, "destroy", *CHANGE, expected="11 destroyed")


def terraform(rehearsal: Rehearsal, folder: Path, command: str, *words: str, expected: str = "") -> None:
    variables = {"TF_CLI_CONFIG_FILE": str(folder / "terraformrc")}
    whole = (TERRAFORM, f"-chdir={folder / 'infra'}", command, *words)
    again = " again" if expected == "No changes" else ""
    rehearsal.command(f"terraform {command}{again}", *whole, expected=expected, more=variables)


def pushed_image(rehearsal: Rehearsal) -> str:
    repository = Settings.repository
    query = ("--query", "imageDetails[0].imageDigest", "--output", "text")
    words = ("--repository-name", repository, "--image-ids", "imageTag=latest", *query)
    digest = rehearsal.run(rehearsal.variables["AWS"], "ecr", "describe-images", *words).strip()
    return f"{rehearsal.address}/{repository}@{digest}"
