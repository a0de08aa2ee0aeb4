"""The matrix: each mistake with GET, POST, query and temporary credentials is named, and none is named wrongly."""

import json
from hashlib import sha256
from itertools import combinations

import pytest

from local_aws.iam.claim import claim_of
from local_aws.iam.diagnosis import MAX_HASHED_BYTES, Diagnosis, Search, SigningKey, case_of, diagnose
from local_aws.received import ReceivedRequest
from tests.local_aws.mistaken import BASES, Signer, derived
from tests.local_aws.mistakes import MISTAKES, UNKNOWABLE, Made
from tests.local_aws.signing import CALLERS, Request, signed

BODY = '{"name": "Café", "count": 1}'.encode()
HOSTS = ("local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws",)
CASES = [(name, base) for name, mistake in MISTAKES.items() for base, signer in BASES.items() if mistake.when(signer)]


def received(request: Request) -> ReceivedRequest:
    path, _, query = request.target.partition("?")
    return ReceivedRequest(request.method, path, query, request.headers, request.body, "192.0.2.7", "1.1")


def diagnosed(request: Request, by: str, thorough: bool = False) -> Diagnosis:
    arrived = received(request)
    claim = claim_of(arrived)
    assert claim is not None
    return diagnose(
        arrived,
        claim,
        CALLERS[by],
        region="ap-northeast-1",
        others=CALLERS.values(),
        hosts=HOSTS,
        thorough=thorough,
    )


def mistaken(signer: Signer, *mistakes: Made) -> Request:
    for mistake in mistakes:
        signer = mistake.change(signer)
    request = signer.request()
    for mistake in mistakes:
        request = mistake.sent(request)
    return request


@pytest.mark.parametrize("base", BASES)
def test_without_a_mistake_the_signature_is_right(base: str) -> None:
    assert diagnosed(BASES[base].request(), BASES[base].by).findings == ()


@pytest.mark.parametrize("by", ["edge-caller", "temporary-caller"])
@pytest.mark.parametrize("target", ["/", "/a%20b/c?x=1&y=%2F", "/items/42?flag=&z=2"])
def test_the_signer_of_the_matrix_agrees_with_botocore(by: str, target: str) -> None:
    token = CALLERS[by].session_token
    canonical = Signer(target=target, by=by, token=token).request()
    theirs = signed(target, by=by, token=token)
    assert canonical["authorization"] == theirs["authorization"]


@pytest.mark.parametrize(("name", "base"), CASES)
def test_names_the_mistake(name: str, base: str) -> None:
    mistake, signer = MISTAKES[name], BASES[base]
    request = mistaken(signer, mistake)
    found = diagnosed(request, signer.by)
    assert [(finding.code, finding.proved) for finding in found.findings] == [(mistake.codes[0], True)]


PAIRS = [
    (one, other)
    for one, other in combinations([name for name in MISTAKES if name not in UNKNOWABLE], 2)
    if MISTAKES[one].part != MISTAKES[other].part
    and any(MISTAKES[one].when(signer) and MISTAKES[other].when(signer) for signer in BASES.values())
]
EVERY = 101
"""Of the pairs: all of them take minutes."""


@pytest.mark.parametrize(("one", "other"), PAIRS[::EVERY])
def test_names_both_mistakes_of_a_pair(one: str, other: str) -> None:
    first, second = MISTAKES[one], MISTAKES[other]
    signer = next(s for s in BASES.values() if first.when(s) and second.when(s))
    found = diagnosed(mistaken(signer, first, second), signer.by, thorough=True)
    assert {finding.code for finding in found.findings} == {first.codes[0], second.codes[0]}


CHARACTERS = {
    "path changed": ("path_character", "/items/42", "/items/43"),
    "path lost": ("path_character", "/items/42", "/items/4"),
    "path added": ("path_character", "/items/42", "/items/422"),
    "path case": ("path_character", "/items/4A", "/items/4a"),
    "query changed": ("query_character", "q=hello", "q=hellp"),
    "query lost": ("query_character", "q=hello", "q=hllo"),
    "query added": ("query_character", "q=hello", "q=hello!"),
    "query case": ("query_character", "q=hello", "q=Hello"),
}


@pytest.mark.parametrize("base", ["GET", "POST", "query", "temporary"])
@pytest.mark.parametrize("change", CHARACTERS)
def test_finds_one_character_of_path_or_query(change: str, base: str) -> None:
    code, old, new = CHARACTERS[change]
    signer = BASES[base].but(target=old + "?q=hello" if code == "path_character" else "/items/42?q=hello")
    request = signer.request()
    found = diagnosed(request.but(target=request.target.replace(old, new, 1)), signer.by, thorough=True)
    assert [(finding.code, finding.proved) for finding in found.findings] == [(code, True)]
    assert found.signed is not None
    (finding,) = found.findings
    assert finding.details["signed"] == (old if code == "path_character" else "q=hello")


BODIES = {
    "changed": (b'"count": 1', b'"count": 2'),
    "lost": (b"name", b"nme"),
    "added": (b"name", b"naame"),
    "case": (b"name", b"Name"),
    "not ASCII": ("Café".encode(), b"Caf"),
}


@pytest.mark.parametrize("hashed", [False, True], ids=["plain", "with x-amz-content-sha256"])
@pytest.mark.parametrize("change", BODIES)
def test_finds_one_character_of_a_body(change: str, hashed: bool) -> None:
    signer = BASES["POST"].but(body=BODY)
    if hashed:
        signer = signer.but(headers=(*signer.headers, ("x-amz-content-sha256", sha256(BODY).hexdigest())))
    request = signer.request()
    old, new = BODIES[change]
    found = diagnosed(request.but(body=BODY.replace(old, new, 1)), signer.by, thorough=True)
    codes = [(finding.code, finding.proved) for finding in found.findings]
    assert codes == [("body_hash_differs" if change == "not ASCII" and hashed else "body_character", True)] or (
        change == "not ASCII" and codes == [("unknown_mistake", True)]
    )


def test_single_characters_and_pairs_are_left_out_on_a_requests_way() -> None:
    request = BASES["GET"].request().but(target="/items/43")
    assert [finding.code for finding in diagnosed(request, "edge-caller").findings] == ["unknown_mistake"]


@pytest.mark.parametrize(
    "name", ["path as sent (S3's way)", "UNSIGNED-PAYLOAD", "names in capitals", "a + signed as a space"]
)
def test_the_signing_key_of_that_day_is_enough(name: str) -> None:
    signer = BASES["GET"]
    arrived = received(mistaken(signer, MISTAKES[name]))
    claim = claim_of(arrived)
    assert claim is not None
    key = SigningKey(derived(CALLERS["edge-caller"].secret_access_key, "20261123", "ap-northeast-1", "lambda"))
    found = diagnose(arrived, claim, key, region="ap-northeast-1")
    assert [finding.code for finding in found.findings] == [MISTAKES[name].codes[0]]


def test_a_bare_secret_is_enough() -> None:
    arrived = received(mistaken(BASES["GET"], MISTAKES["secret in quotes"]))
    claim = claim_of(arrived)
    assert claim is not None
    found = diagnose(arrived, claim, CALLERS["edge-caller"].secret_access_key, region="ap-northeast-1")
    assert [finding.code for finding in found.findings] == ["secret_quoted"]


LARGE = json.dumps([f"value {number}" for number in range(18_000)]).encode()
HOSTILE = {
    "a large body": BASES["POST"].but(body=LARGE),
    "a huge body": BASES["POST"].but(body=LARGE * 20),
    "many signed headers": BASES["GET"].but(headers=tuple((f"x-{number}", "a") for number in range(500))),
    "a long query": BASES["GET"].but(target="/?" + "a&" * 30_000),
    "a long path": BASES["GET"].but(target="/" + "a/" * 30_000),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_tries_no_more_than_a_requests_way_allows(case: str) -> None:
    """A count of hashed bytes, not a clock: the same request always has the same reason."""
    signer = HOSTILE[case].but(secret=lambda secret: "another")
    arrived = received(signer.request())
    claim = claim_of(arrived)
    assert claim is not None
    search = Search(case_of(arrived, claim, CALLERS[signer.by], "ap-northeast-1"), thorough=False)
    assert search.found() is None
    assert search.tried < 600
    assert search.hashed < MAX_HASHED_BYTES + 300_000
