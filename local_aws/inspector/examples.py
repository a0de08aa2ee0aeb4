"""The same unsigned call, signed: in curl, Python and JavaScript. The keys are variables, never values."""

import json

from local_aws.inspector.copies import curl_command, own_headers, own_target
from local_aws.inspector.kept import Kept

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


def signed_examples(kept: Kept, region: str, host: str) -> dict[str, str]:
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
