"""What a difference shows: never a signature, a token, or whose account it is."""

import json

import pytest

from conformance.case import read_cases
from conformance.comparing import differences
from conformance.sending import Answer

CASES = read_cases()
KNOWN = {
    "account": "998877665544",
    "key": "ASIAPOISONPOISON9999",
    "token": "IQoJb3JpZ2lu//poison+token==",
    "host": "poisoned0id.lambda-url.eu-west-1.on.aws",
    "url_id": "poisoned0id",
    "region": "eu-west-1",
}
SIGNATURE = "0123456789abcdef" * 4
IN_A_URL = "IQoJb3JpZ2lu%2F%2Fpoison%2Btoken%3D%3D"


@pytest.mark.parametrize(
    "poison", [*KNOWN.values(), IN_A_URL, f"Signature={SIGNATURE}", f"X-Amz-Signature={SIGNATURE}"]
)
@pytest.mark.parametrize("case", ["event-without-authorization", "unsigned", "response-cookies"])
def test_a_difference_shows_no_signature_and_not_whose_it_is(poison: str, case: str) -> None:
    body = json.dumps({"headers": {"authorization": poison}})
    headers = (("x-amzn-errortype", poison), ("set-cookie", poison))
    lines = differences(CASES[case], Answer(200, headers, body.encode()), KNOWN)
    assert lines
    for secret in (*KNOWN.values(), IN_A_URL, SIGNATURE):
        assert secret not in "\n".join(lines)
