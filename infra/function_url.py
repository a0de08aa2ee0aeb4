"""The step `aws-url`: the Function URL, and its invoke mode.

A URL that streams needs an adapter that streams, so the step sets both: the URL's mode and the function's variable
AWS_LWA_INVOKE_MODE. Source: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html
"""

import json
import tempfile
from typing import Any

from infra.aws_cli import Aws
from infra.errors import StepError
from infra.settings import INVOKE_MODES, Settings

VARIABLE = "AWS_LWA_INVOKE_MODE"
IN_QUERY = f"Environment.Variables.{VARIABLE}"


def make_url(aws: Aws, settings: Settings) -> None:
    """The Function URL, for signed requests only, and the function's variable, both in `settings.invoke_mode`."""
    name, mode = settings.function_name, settings.invoke_mode
    set_adapter(aws, settings)
    found = aws.ask("lambda get-function-url-config", function_name=name, query="[AuthType, InvokeMode]")
    if found and found[0] == "AWS_IAM" and mode_of_url(found[1]) == mode:
        return
    differs = mode != mode_of_url(found[1] if found else None)  # an aws CLI from before 2023 doesn't know the option
    aws.run(
        f"lambda {'update' if found else 'create'}-function-url-config",
        function_name=name,
        auth_type="AWS_IAM",
        invoke_mode=mode if differs else None,
        query="FunctionUrl",
    )


def set_adapter(aws: Aws, settings: Settings) -> None:
    """Sets or removes AWS_LWA_INVOKE_MODE if the adapter's mode is another. Every other variable stays as it is."""
    name, mode = settings.function_name, settings.invoke_mode
    found = aws.ask("lambda get-function-configuration", function_name=name, query=f"[{IN_QUERY}]")
    if found is None:
        raise StepError(f"there is no function {name} yet: make aws-function")
    if mode_of_adapter(found[0]) == mode:
        return
    environment = aws.run("lambda get-function-configuration", secret=True, function_name=name, query="Environment")
    variables = other_variables(environment or {}, name)
    if mode == "RESPONSE_STREAM":
        variables[VARIABLE] = INVOKE_MODES[mode]
    print(f"  {VARIABLE}: {variables.get(VARIABLE, 'removed')}; the function's other variables stay as they are")
    with tempfile.NamedTemporaryFile("w") as file:  # in the command, others would see the values
        json.dump({"Variables": variables}, file)
        file.flush()
        environment_file = f"file://{file.name}"
        update = "lambda update-function-configuration"
        aws.run(update, function_name=name, environment=environment_file, query="LastUpdateStatus")
    aws.run("lambda wait function-updated-v2", function_name=name)


def other_variables(environment: dict[str, Any], name: str) -> dict[str, str]:
    """Raises StepError if AWS doesn't show the variables: an update would delete them."""
    if error := environment.get("Error"):
        raise StepError(f"AWS can't read the variables of {name} ({error}): allow kms:Decrypt, then make aws-url again")
    return {key: value for key, value in environment.get("Variables", {}).items() if key != VARIABLE}


def mode_of_adapter(value: str | None) -> str:
    """The adapter's invoke mode for the variable's value: it buffers unless the value says to stream."""
    return "RESPONSE_STREAM" if (value or "").lower() == INVOKE_MODES["RESPONSE_STREAM"] else "BUFFERED"


def mode_of_url(value: str | None) -> str:
    """None is the answer of an aws CLI from before invoke modes (2023)."""
    return value or "BUFFERED"


def function_url(aws: Aws, settings: Settings) -> str:
    """The Function URL. Raises StepError if there is none."""
    name = settings.function_name
    url = aws.ask("lambda get-function-url-config", function_name=name, query="FunctionUrl")
    if url is None:
        raise StepError(f"{name} has no Function URL yet: make aws-url")
    return str(url)
