"""A kept request as text to take along: a command, a program, a paste for `why-403`, a case. None holds a secret."""

import json
import re
import shlex

from local_aws.inspector.kept import Kept
from local_aws.inspector.signing import NOT_SIGNED, SIGNATURE_HEADERS
from policies.function import Function

PRESIGNED = re.compile(r"X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)=")
PYTHON = """\
import os, httpx
from edge_caller.signer.auth import SigV4Auth
from edge_caller.signer.sigv4 import Credentials

credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
with httpx.Client(auth=SigV4Auth(credentials, region="{region}")) as client:
    print(client.request({arguments}).text)
"""
JAVASCRIPT = """\
import {{ AwsClient }} from "aws4fetch";
const {{ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }} = process.env;
const credentials = {{ accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }};
const aws = new AwsClient({{ ...credentials, service: "lambda", region: "{region}" }});
const response = await aws.fetch({arguments});
console.log(await response.text());
"""


def own_target(target: str) -> str:
    """Without the parameters of a presigned URL."""
    path, _, query = target.partition("?")
    left = [pair for pair in query.split("&") if pair and not PRESIGNED.match(pair)]
    return path + ("?" + "&".join(left) if left else "")


def own_headers(kept: Kept) -> list[tuple[str, str]]:
    """Those that the request has beside its signature and what a client adds by itself."""
    left_out = (*SIGNATURE_HEADERS, *NOT_SIGNED, "host")
    return [(name, value) for name, value in kept.headers if name not in left_out]


def curl_command(kept: Kept, region: str, host: str) -> str:
    parts = ["curl", f'--aws-sigv4 "aws:amz:{region}:lambda"', '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"']
    if kept.signing and kept.signing.temporary:
        parts.append('--header "x-amz-security-token: $AWS_SESSION_TOKEN"')
    if kept.method != "GET":
        parts.append("--head" if kept.method == "HEAD" else f"--request {shlex.quote(kept.method)}")
    parts += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in own_headers(kept)]
    if kept.body_bytes:
        parts.append(f"--data-binary {shlex.quote(kept.body) if kept.body_is_whole else '@body'}")
    parts.append(shlex.quote(f"http://{host}{own_target(kept.target)}"))
    return " \\\n  ".join(parts)


def signed_examples(kept: Kept, region: str, host: str) -> dict[str, str]:
    """The same call, signed, by tool. The keys are variables, never values."""
    url = f"http://{host}{own_target(kept.target)}"
    headers = dict(own_headers(kept))
    body = kept.body if kept.body_bytes and kept.body_is_whole else ""
    python = [repr(kept.method), repr(url)]
    python += [f"headers={headers!r}"] if headers else []
    python += [f"content={body!r}.encode()"] if body else []
    options: dict[str, object] = {"method": kept.method} if kept.method != "GET" else {}
    options |= ({"headers": headers} if headers else {}) | ({"body": body} if body else {})
    javascript = [json.dumps(url), *([json.dumps(options, ensure_ascii=False)] if options else [])]
    return {
        "curl": curl_command(kept, region, host),
        "Python": PYTHON.format(region=region, arguments=", ".join(python)),
        "JavaScript": JAVASCRIPT.format(region=region, arguments=", ".join(javascript)),
    }


def paste_for_why(kept: Kept) -> str:
    """Raw HTTP, the answer, and what was signed where that is known: `why-403` compares it without the signature."""
    lines = [f"{kept.method} {kept.target} HTTP/1.1", *(f"{name}: {value}" for name, value in kept.headers), ""]
    lines += [kept.body if kept.body_is_text else "", "", f"HTTP/1.1 {kept.status}"]
    lines += [f"{name}: {value}" for name, value in kept.answer_headers]
    lines += ["", kept.answer_body]
    if kept.signing and kept.signing.signed:
        lines += ["", f"Canonical request (enclosed in []) - [{kept.signing.signed.text}]"]  # as curl writes it
    return "\n".join(lines) + "\n"


def case_of(kept: Kept, function: Function) -> str:
    """The case as JSON, with signature, account and URL ID replaced: it can be shown to anyone."""
    signing = kept.signing
    case = {
        "time": kept.time.isoformat(),
        "request": {
            "method": kept.method,
            "target": kept.target,
            "headers": kept.headers,
            "body": kept.body,
            "body_bytes": kept.body_bytes,
        },
        "signing": {
            "access_key_id": signing.access_key_id,
            "time": signing.amz_date,
            "scope": signing.scope,
            "canonical_request": signing.came.text if signing.came else None,
            "signed_canonical_request": signing.signed.text if signing.signed else None,
        }
        if signing
        else None,
        "answer": {"status": kept.status, "error_type": kept.error_type, "body": kept.answer_body},
        "gates": {gate.value: state.value for gate, state in kept.gates},
        "findings": [
            {"code": f.code, "proved": f.proved, "because": f.because(), "do_this": f.do_this()} for f in kept.findings
        ],
    }
    text = json.dumps(case, indent=2, ensure_ascii=False)
    text = re.sub(r"(?i)(Signature=)[0-9a-f]{8}\.\.\.", r"\1<signature>", text)
    return text.replace(function.account_id, "<account>").replace(function.url_id, "<url-id>") + "\n"
