"""The steps `aws-key` and `aws-rotate-key`: the caller's access key, from AWS straight into `.dev.vars`.

The secret is never printed and never an argument. No key is replaced without a question.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

from edge_caller.signer.sigv4 import Credentials
from infra.aws_cli import Aws
from infra.call import call_until_allowed
from infra.dev_vars import DevVars
from infra.errors import AwsError, StepError
from infra.function_url import function_url
from infra.settings import Settings, confirmed

MAX_KEYS = 2


def key_ids(aws: Aws, settings: Settings) -> list[str]:
    """The access key IDs of the caller. Raises StepError if the user doesn't exist."""
    found = aws.ask("iam list-access-keys", user_name=settings.caller_name, query="AccessKeyMetadata[].AccessKeyId")
    if found is None:
        raise StepError(f"there is no user {settings.caller_name} yet: make aws-user")
    return list(found)


def make_key(aws: Aws, settings: Settings) -> None:
    """Writes a key for the caller into `.dev.vars`, with FUNCTION_URL. An existing key is kept."""
    url, keys, file = function_url(aws, settings), key_ids(aws, settings), DevVars(settings.dev_vars)
    held = file.access_key_id
    if held and held not in keys:
        raise StepError(
            f"{file.path.name} has the key {held}, which isn't one of {settings.caller_name}'s: "
            "move the file away, or name another one with DEV_VARS=<path>"
        )
    if not held and keys:
        raise StepError(
            f"{settings.caller_name} has a key already ({', '.join(keys)}), and AWS shows its secret only once: put it "
            f"into {file.path.name}, or, if it is lost, `make aws-rotate-key` replaces it (with two keys: delete one)"
        )
    if held:
        file.write({"FUNCTION_URL": url})
        print(f"  {file.path.name} has the key {held} already")
        return
    file.check_writable()
    with new_key(aws, settings) as key:
        file.write_key(key, url)
    print(f"  written to {file.path.name}, which only you can read")


@contextmanager
def new_key(aws: Aws, settings: Settings) -> Iterator[Credentials]:
    """A new key for the block to write down. It is deleted again if the block fails: AWS shows a secret only once."""
    name, query = settings.caller_name, "AccessKey.[AccessKeyId, SecretAccessKey]"
    access_key_id, secret = aws.run("iam create-access-key", user_name=name, query=query, secret=True)
    try:
        yield Credentials(access_key_id, secret)
    except BaseException as error:
        try:
            delete_key(aws, settings, access_key_id)
        except AwsError as refused:
            command = f"aws iam delete-access-key --user-name {name} --access-key-id {access_key_id}"
            raise StepError(f"{error}\nThe secret of the new key is lost: delete that key: {command}") from refused
        raise


def rotate_key(aws: Aws, settings: Settings) -> None:
    """Makes a new key, tests it with a call, then ends the old one. Run again, it continues where it stopped."""
    url, keys, file = function_url(aws, settings), key_ids(aws, settings), DevVars(settings.dev_vars)
    if len(keys) == MAX_KEYS and file.access_key_id not in keys:
        raise StepError(
            f"{settings.caller_name} has two keys ({', '.join(keys)}), as many as AWS allows, and {file.path.name} has "
            "neither: delete the one that nobody uses: "
            f"aws iam delete-access-key --user-name {settings.caller_name} --access-key-id <ID>"
        )
    if len(keys) < MAX_KEYS:
        file.check_writable()
        with new_key(aws, settings) as new:
            if call_until_allowed(url, new, settings).status_code == 403:
                raise StepError("AWS refused the new key: it is deleted, and the old one still works: make aws-check")
            file.write_key(new, url)
        print(f"  {file.path.name} has the new key {new.access_key_id}; the old one still works")
    for old in keys:
        if old != file.access_key_id:
            retire_key(aws, settings, old, url)


def retire_key(aws: Aws, settings: Settings, old: str, url: str) -> None:
    """Deactivates the old key, calls with the new one, then deletes the old one: deactivating can be undone."""
    name = settings.caller_name
    aws.ask("iam get-access-key-last-used", access_key_id=old, query="AccessKeyLastUsed.LastUsedDate")
    if not confirmed(f"Does every caller of {name} use the new key now? Delete {old}?", settings):
        raise StepError(f"{old} still works: give its callers the new key, then run `make aws-rotate-key` again")
    aws.run("iam update-access-key", user_name=name, access_key_id=old, status="Inactive")
    if call_until_allowed(url, DevVars(settings.dev_vars).credentials(), settings).status_code == 403:
        aws.run("iam update-access-key", user_name=name, access_key_id=old, status="Active")
        raise StepError("AWS refused the new key, so the old one is active again: make aws-check")
    delete_key(aws, settings, old)


def delete_key(aws: Aws, settings: Settings, access_key_id: str) -> None:
    aws.run("iam delete-access-key", user_name=settings.caller_name, access_key_id=access_key_id)
