"""`make rehearse`: everything of the AWS side against a local AWS, without an account; then a table with times.

It runs the same commands as README names, twice where nothing may change the second time. Without Docker it leaves
out what needs an image that runs, and says so.
Source: ministack's README; docs/en/aws.md lists its known differences from AWS.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.role import AUDIENCE, NO_THUMBPRINT
from infra.settings import Settings
from policies.render import provider_name
from rehearsal.calls import call_through_the_edge, call_with_the_role, calls_under_way, direct_call
from rehearsal.conformance import conformance_round
from rehearsal.local_cloud import ACCOUNT_ID, ISSUER, LocalCloud
from rehearsal.runner import PYTHON, Failed, Rehearsal
from rehearsal.terraform import apply_main_tf, destroy_main_tf, terraform_is_here
from running.stopping import Stopped, stop_on_signals
from running.tools import DOCKER, ToolError, check_engine

IMAGE = "fastapi_sample_rehearsal"


def push(rehearsal: Rehearsal) -> None:
    """Builds, logs in and pushes. ministack runs an image as it is, so it gets the one with AWS's emulator inside."""
    rehearsal.command("build", PYTHON, "-m", "running.images", "local")
    rehearsal.run(DOCKER, "tag", f"{IMAGE}:local", f"{IMAGE}:latest")
    rehearsal.step("ecr-login")
    rehearsal.step("push")


def put_manifest(rehearsal: Rehearsal) -> None:
    """Without Docker: a manifest by hand stands for the image, so that the function can be made, but not called."""
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})
    words = ("--repository-name", Settings.repository, "--image-tag", "latest", "--image-manifest", manifest)
    rehearsal.leave_out("build, ecr-login, push", "no Docker; a manifest by hand instead")
    rehearsal.run(rehearsal.variables["AWS"], "ecr", "put-image", *words)


def calls(rehearsal: Rehearsal, docker: bool) -> None:
    if not docker:
        rehearsal.leave_out("aws-call, unsigned call, edge caller", "no Docker")
        return
    rehearsal.step("aws-call", '200 {"Hello":"World"}')
    rehearsal.do("unsigned call", lambda: expect(direct_call(rehearsal), "403"))
    item = '200 {"item_id":42,"q":"hello"}'
    rehearsal.do("edge caller", lambda: expect(call_through_the_edge(rehearsal), item))
    rehearsal.do("call with the role", lambda: expect(call_with_the_role(rehearsal), '200 {"Hello":"World"}'))


def rotation(rehearsal: Rehearsal) -> None:
    """Rotates the key while calls go on: each is answered with 200, with the old key and then with the new one."""

    def work() -> str:
        with calls_under_way(rehearsal) as answers:
            rehearsal.run(PYTHON, "-m", "rehearsal.step", "aws-rotate-key", expected="delete-access-key")
        keys = {key for key, _ in answers}
        if len(keys) != 2 or {status for _, status in answers} != {200}:
            raise Failed(f"the rotation wasn't seamless: {answers}")
        return f"{len(answers)} calls meanwhile, all 200, with both keys"

    rehearsal.do("aws-rotate-key", work)


def invoke_modes(rehearsal: Rehearsal) -> None:
    """The URL and the adapter stream, and are buffered again. No call streams: ministack buffers."""
    if not knows_invoke_modes(rehearsal):
        rehearsal.leave_out("aws-url with INVOKE_MODE=RESPONSE_STREAM", "this aws CLI is older than invoke modes")
        return
    for unchanged in (False, True):
        rehearsal.step("aws-url", unchanged=unchanged, INVOKE_MODE="RESPONSE_STREAM")
    rehearsal.step("aws-check", "AWS_IAM RESPONSE_STREAM")
    rehearsal.step("aws-url", "removed")
    rehearsal.step("aws-url", unchanged=True)


def knows_invoke_modes(rehearsal: Rehearsal) -> bool:
    """Whether the aws CLI is from after April 2023. It is asked for the form of its input, and calls nothing."""
    words = ("--function-name", "x", "--invoke-mode", "BUFFERED", "--generate-cli-skeleton")
    command = [rehearsal.variables["AWS"], "lambda", "update-function-url-config", *words]
    return subprocess.run(command, env=rehearsal.variables, capture_output=True).returncode == 0


def steps_round(rehearsal: Rehearsal, docker: bool) -> None:
    made = ["aws-function", "aws-url", "aws-policy", "aws-user", "aws-key", "aws-check"]
    for unchanged in (False, True):
        for name in ["aws-up"] if docker else made:
            rehearsal.step(name, unchanged=unchanged)
    for unchanged in (False, True):
        rehearsal.step("aws-role", unchanged=unchanged)
    calls(rehearsal, docker)
    invoke_modes(rehearsal)
    if docker:
        rotation(rehearsal)
    else:
        rehearsal.leave_out("aws-rotate-key", "no Docker: it calls with the new key first")
    rehearsal.step("aws-destroy")
    rehearsal.step("aws-destroy", "nothing is left to remove", unchanged=True)


def steps_and_calls(rehearsal: Rehearsal, docker: bool) -> None:
    """What neither a stack nor Terraform does: the key; and whether what they made works."""
    for name in ("aws-key", "aws-check"):
        rehearsal.step(name)
    calls(rehearsal, docker)


def stack_round(rehearsal: Rehearsal, docker: bool) -> None:
    """ministack's CloudFormation knows no identity provider, so the account has it already."""
    aws = rehearsal.variables["AWS"]
    made = ("--url", ISSUER, "--client-id-list", AUDIENCE, "--thumbprint-list", NO_THUMBPRINT)
    rehearsal.run(aws, "iam", "create-open-id-connect-provider", *made)
    rehearsal.step("deploy")
    rehearsal.command("deploy again", PYTHON, "-m", "rehearsal.step", "deploy", expected="No changes")
    steps_and_calls(rehearsal, docker)
    for mode in ("RESPONSE_STREAM", "BUFFERED") if knows_invoke_modes(rehearsal) else ():
        rehearsal.step("deploy", INVOKE_MODE=mode)
        rehearsal.step("aws-check", f"AWS_IAM {mode}")
    rehearsal.step("destroy", DELETE_REPOSITORY="1")
    arn = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{provider_name(ISSUER)}"
    rehearsal.run(aws, "iam", "delete-open-id-connect-provider", "--open-id-connect-provider-arn", arn)
    rehearsal.step("aws-destroy", "nothing is left to remove", unchanged=True, DELETE_REPOSITORY="1")


def expect(found: str, wanted: str) -> str:
    if not found.startswith(wanted):
        raise Failed(f"expected {wanted}, got {found}")
    return found


def has_docker() -> bool:
    try:
        check_engine()
    except ToolError as error:
        print(f"No Docker: {error}")
        return False
    return True


def forget_images(address: str) -> None:
    """Takes the rehearsal's tags from the Docker engine; the layers stay for the next build."""
    listed = subprocess.run(
        [DOCKER, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True
    )
    ours = [name for name in listed.stdout.split() if name.startswith((f"{IMAGE}:", address)) and "<none>" not in name]
    if ours:
        subprocess.run([DOCKER, "image", "rm", "--force", *ours], capture_output=True)


def all_rounds(rehearsal: Rehearsal, docker: bool, folder: Path) -> None:
    for unchanged in (False, True):
        rehearsal.step("ecr-create", unchanged=unchanged)
    (push if docker else put_manifest)(rehearsal)
    steps_round(rehearsal, docker)
    if terraform_is_here(rehearsal):
        apply_main_tf(rehearsal, folder)
        steps_and_calls(rehearsal, docker)
        destroy_main_tf(rehearsal, folder)
    stack_round(rehearsal, docker)
    conformance_round(rehearsal, folder)


def main() -> int:
    stop_on_signals()
    docker = has_docker()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cloud = LocalCloud(folder)
        with cloud.running():
            rehearsal = Rehearsal(cloud.variables(folder / ".dev.vars", IMAGE))
            print(f"A local AWS listens on {cloud.address}.")
            try:
                all_rounds(rehearsal, docker, folder)
            except Failed as error:
                print(f"\n{error}", file=sys.stderr)
                return 1
            except Stopped:
                print("\nrehearse: stopped before its end; the local AWS is stopped too", file=sys.stderr)
                return 130
            finally:
                rehearsal.print_table()
                if docker:
                    forget_images(cloud.address)
    print("\nAll as expected, and nothing is left.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
