"""The program: its input, its exit codes, its languages, and what it never shows."""

import contextlib
import io
import json
import os
import pty
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local_aws.iam.canonical import signing_key
from local_aws.refusals import MISMATCH
from local_aws.why import command, secret
from local_aws.why.pastes.read import READERS
from local_aws.why.terminal import SIGNING_KEY, WORDS
from policies.function import Function
from tests.local_aws.signing import CALLERS, signed
from tests.local_aws.why.conftest import curl_v
from tests.local_aws.why.test_analysis import DENIED, DOES_NOT_MATCH
from tests.local_aws.why.test_pastes import FILES, HAR

PROGRAM = [sys.executable, "-m", "local_aws.why"]
Run = Callable[..., tuple[int, str, str]]
SECRET, OTHER_KEY = "a-secret-access-key-that-is-not-real-000", "AKIALOCAL00000000099"


@pytest.fixture
def asked() -> list[str]:
    """What the program asked on the terminal."""
    return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: list[str]) -> Run:
    """Runs the program in this process, without a terminal and with these variables alone. Code, output, errors."""

    def run(paste: str | bytes, *arguments: str, **environment: str) -> tuple[int, str, str]:
        data = paste if isinstance(paste, bytes) else paste.encode("utf-8", "surrogateescape")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        monkeypatch.setattr(command, "ask_on_the_terminal", asked.append)
        code = command.run(arguments, {"DEV_VARS": ""} | environment)
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


def presigned() -> str:
    request = signed(
        "/items/42?q=hello", by="temporary-caller", token=CALLERS["temporary-caller"].session_token, expires=60
    )
    return f"https://{Function().domain_name}{request.target}"


class TestTheExitCode:
    def test_is_0_where_nothing_wrong_was_found(self, run: Run) -> None:
        code, output, _ = run(curl_v(signed("/items/42?q=hello")))
        assert code == 0
        assert "Nothing wrong was found" in output

    def test_is_1_where_a_reason_was_found(self, run: Run) -> None:
        code, output, _ = run(curl_v(signed("/"), DENIED))
        assert code == 1
        assert "aws lambda get-policy --function-name FUNCTION_NAME --region ap-northeast-1" in output

    @pytest.mark.parametrize("paste", ["", "hello", "\x00\x01"])
    def test_is_2_with_a_sentence_where_the_paste_is_unusable(self, run: Run, paste: str) -> None:
        code, output, errors = run(paste)
        assert (code, output) == (2, "")
        assert re.fullmatch(r"why-403: [^\n]+\n", errors)

    @pytest.mark.parametrize("option", ["--body", "--canonical", "--policy"])
    def test_is_2_with_a_sentence_where_a_file_cannot_be_read(self, run: Run, option: str, tmp_path: Path) -> None:
        code, output, errors = run(curl_v(signed("/")), option, str(tmp_path / "none"))
        assert (code, output) == (2, "")
        assert re.fullmatch(r"why-403: \S+ can't be read: No such file or directory\n", errors)

    def test_is_2_where_canonical_holds_none(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "canonical").write_text("GET\n/\n")
        code, _, errors = run(curl_v(signed("/")), "--canonical", str(tmp_path / "canonical"))
        assert code == 2
        assert "its last line must be the hashed payload" in errors


class TestInput:
    def test_comes_from_files(self, run: Run, tmp_path: Path) -> None:
        request, answer = tmp_path / "request", tmp_path / "answer"
        request.write_text(curl_v(signed("/")))
        answer.write_text(DENIED)
        assert "why_not_allowed" in run("", str(request), str(answer), "--json")[1]

    def test_takes_the_body_from_a_file(self, run: Run, tmp_path: Path) -> None:
        request = signed("/", method="POST", body=b'{"a":1}', headers=(("content-length", "7"),))
        (tmp_path / "body").write_bytes(b'{"a":1}')
        assert run(curl_v(request), "--body", str(tmp_path / "body"))[0] == 0

    def test_takes_the_canonical_request_from_a_file(self, run: Run, tmp_path: Path) -> None:
        canonical = json.loads(run(curl_v(signed("/a")), "--json")[1])["canonical_request"]
        (tmp_path / "canonical").write_text(canonical.replace("/a", "/b") + "\n")
        _, output, _ = run(curl_v(signed("/a"), DOES_NOT_MATCH), "--canonical", str(tmp_path / "canonical"))
        assert "First difference from the signer's: line 2, canonical URI, column 2\n" in output


class TestTheSecret:
    def test_comes_from_dev_vars_where_the_key_matches(self, run: Run, tmp_path: Path) -> None:
        dev_vars = tmp_path / ".dev.vars"
        dev_vars.write_text(f"# mine\nAWS_ACCESS_KEY_ID={OTHER_KEY}\nAWS_SECRET_ACCESS_KEY='{SECRET}'\n")
        _, output, _ = run(another(), DEV_VARS=str(dev_vars))
        assert "The secret access key is from .dev.vars." in output

    def test_comes_from_the_environment_where_the_key_matches(self, run: Run) -> None:
        _, output, _ = run(another(), AWS_ACCESS_KEY_ID=OTHER_KEY, AWS_SECRET_ACCESS_KEY=SECRET)
        assert "The secret access key is from environment." in output

    def test_of_another_key_is_not_used(self, run: Run) -> None:
        _, output, _ = run(another(), AWS_ACCESS_KEY_ID="AKIALOCAL00000000098", AWS_SECRET_ACCESS_KEY=SECRET)
        assert f"No secret access key for {OTHER_KEY}" in output

    def test_may_be_the_signing_key_of_the_day(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        key = signing_key(SECRET, "20261123", "ap-northeast-1", "lambda").hex()
        monkeypatch.setattr("getpass.getpass", lambda prompt: key)
        known = secret.key_of(OTHER_KEY, {}, {}, (), lambda: key)
        assert known is not None
        assert known.secrets() == [key]

    def test_is_missed_with_six_lines_that_print_the_signing_key(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _, output, _ = run(another())
        lines = SIGNING_KEY.format(date="20261123", region="ap-northeast-1")
        assert [f"  {line}".rstrip() for line in lines.split("\n")] == output[output.index("  import getpass") :].split(
            "\n"
        )[:6]
        monkeypatch.setattr("getpass.getpass", lambda prompt: SECRET)
        exec(lines, {})  # noqa: S102 - the lines that a person would paste
        assert capsys.readouterr().out.strip() == signing_key(SECRET, "20261123", "ap-northeast-1", "lambda").hex()

    def test_is_asked_for_on_the_terminal_without_echo(self, tmp_path: Path) -> None:
        paste = tmp_path / "paste"
        paste.write_text(another())
        with terminal([*PROGRAM, str(paste)]) as (shown, type_line):
            assert "Secret access key of AKIALOCAL00000000099, or the signing key of 20261123" in shown("without): ")
            type_line(SECRET)
            output = shown("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        assert "The secret access key is from terminal." in output
        assert SECRET not in output

    def test_is_not_asked_for_without_a_terminal(self) -> None:
        done = subprocess.run(
            PROGRAM, input=another(), capture_output=True, text=True, start_new_session=True, env=clean(), check=False
        )
        assert done.returncode == 0
        assert "No secret access key" in done.stdout
        assert done.stderr == ""

    @pytest.mark.parametrize(
        ("answer", "times"), [('{"message":"Signature expired: cut"}', 0), (f'{{"message":"{MISMATCH}"}}', 1)]
    )
    def test_is_asked_for_only_where_the_signature_counts(
        self, run: Run, asked: list[str], answer: str, times: int
    ) -> None:
        run(another() + f"< HTTP/1.1 403 x\n< \n{answer}")
        assert len(asked) == times


class TestJson:
    def test_is_one_object_with_everything(self, run: Run) -> None:
        document = json.loads(run(curl_v(signed("/").but(target="/?a=1"), DOES_NOT_MATCH), "--json")[1])
        assert document["error_type"] == "InvalidSignatureException"
        assert (document["check"], document["signature"]) == ("Signature", "wrong")
        (finding,) = document["findings"]
        assert (finding["code"], finding["proved"]) == ("query_left_out", True)
        assert finding["because"]
        assert finding["do_this"]
        assert document["canonical_request"].startswith("GET\n/\na=1\n")
        assert document["string_to_sign"].startswith("AWS4-HMAC-SHA256\n20261123T060000Z\n")
        assert document["permissions"] == {}


class TestPolicy:
    @pytest.mark.parametrize(("name", "allowed"), [("article-2024.json", False), ("call-function-url.json", True)])
    def test_is_evaluated_for_both_actions(self, run: Run, name: str, allowed: bool, tmp_path: Path) -> None:
        from policies.render import POLICIES, render_policy

        policy = tmp_path / name
        policy.write_text(render_policy((POLICIES / name).read_text(), Function()))
        code, output, _ = run(curl_v(signed("/"), DENIED), "--policy", str(policy), "--json")
        first, second = json.loads(output)["permissions"].values()
        assert code == 1
        assert (first["allowed"], first["statement"]) == (True, "CallFunctionUrl")
        assert (second["allowed"], second["add"] is None) == (allowed, allowed)
        text = run(curl_v(signed("/"), DENIED), "--policy", str(policy))[1]
        assert "lambda:InvokeFunctionUrl: allowed by the statement CallFunctionUrl\n" in text
        assert ("Add this statement:" in text) != allowed

    @pytest.mark.parametrize("wrap", ['{"PolicyDocument": %s}', '{"PolicyVersion": {"Document": %s}}'])
    def test_is_taken_as_the_aws_cli_prints_it(self, run: Run, wrap: str, tmp_path: Path) -> None:
        statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
        (tmp_path / "p").write_text(wrap % json.dumps({"Version": "2012-10-17", "Statement": statement}))
        arguments = ("--policy", str(tmp_path / "p"), "--arn", Function().arn)
        document = json.loads(run(curl_v(signed("/")), *arguments, "--json")[1])
        assert [permission["allowed"] for permission in document["permissions"].values()] == [True, True]

    @pytest.mark.parametrize(
        ("text", "arn", "sentence"),
        [
            ("{", None, "the policy names no function"),
            ("{", Function().arn, "the policy p is not JSON"),
            ('{"Version": "2012-10-17", "Statement": []}', "arn:x", "--arn is 'arn:x': give a function's ARN"),
        ],
    )
    def test_that_is_unusable_is_named(
        self, run: Run, text: str, arn: str | None, sentence: str, tmp_path: Path
    ) -> None:
        (tmp_path / "p").write_text(text)
        given = ("--arn", arn) if arn else ()
        code, _, errors = run(curl_v(signed("/")), "--policy", str(tmp_path / "p"), *given)
        assert code == 2
        assert sentence in errors


class TestLanguages:
    @pytest.mark.parametrize(
        ("environment", "label"),
        [
            ({"LANG": "ja_JP.UTF-8"}, "原因"),
            ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "because"),
            ({"LANG": "de_DE.UTF-8"}, "because"),
            ({}, "because"),
        ],
    )
    def test_follow_the_terminals(self, run: Run, environment: dict[str, str], label: str) -> None:
        assert f"\n{label}" in run(curl_v(signed("/"), DENIED), **environment)[1]

    def test_have_the_same_words(self) -> None:
        assert shape(WORDS["en"]) == shape(WORDS["ja"])

    def test_have_a_word_for_each_kind_of_paste(self) -> None:
        sources = "".join(Path(sys.modules[reader.__module__].__file__ or "").read_text() for reader in READERS)
        assert set(re.findall(r'Paste\("([a-z-]+)"', sources)) == set(WORDS["en"]["kinds"])

    def test_both_wrap_at_a_hundred_columns(self, run: Run) -> None:
        from local_aws.why.terminal import width

        for language in ("en_GB.UTF-8", "ja_JP.UTF-8"):
            output = run(curl_v(signed("/"), DENIED), LANG=language)[1]
            labelled = output[: output.index("# ")]
            assert max(width(line) for line in labelled.split("\n")) <= 120


HIDDEN = [caller.secret_access_key for caller in CALLERS.values()]
HIDDEN += [caller.session_token for caller in CALLERS.values() if caller.session_token]


class TestNoOutput:
    """Secrets, signing keys, session tokens, and signatures beyond their first eight digits."""

    @pytest.mark.parametrize("options", [(), ("--json",)])
    @pytest.mark.parametrize("language", ["C", "ja_JP.UTF-8"])
    def test_shows_what_a_paste_holds(self, run: Run, options: tuple[str, ...], language: str) -> None:
        pastes = [path.read_text() for path in FILES] + [HAR, presigned(), curl_v(signed("/"), DENIED)]
        pastes.append(curl_v(with_token("/?a=1"), DOES_NOT_MATCH))
        pastes.append(f"$ curl --aws-sigv4 aws:amz:x:lambda -u 'AKIALOCAL00000000001:{HIDDEN[0]}' https://a.example/")
        for paste in pastes:
            _, output, errors = run(paste, *options, LANG=language)
            shown = output + errors
            assert not [value for value in HIDDEN if value in shown]
            signatures = re.findall(r"Signature(?:=|\W{1,3}\n?)([0-9a-f]{64})", paste)
            assert signatures or "curl --aws" in paste or paste == presigned()
            assert not [signature for signature in signatures if signature[:12] in shown]

    def test_shows_the_token_of_the_signers_own_canonical_request(self, run: Run, tmp_path: Path) -> None:
        text = "GET\n/\n\nhost:a\nx-amz-security-token:another-token-of-another-time\n\nhost\n" + "e" * 64
        (tmp_path / "canonical").write_text(text)
        for options in ((), ("--json",)):
            _, output, _ = run(curl_v(signed("/")), "--canonical", str(tmp_path / "canonical"), *options)
            assert "another-token" not in output

    @pytest.mark.parametrize("options", [(), ("--json",)])
    @pytest.mark.parametrize("language", ["C", "ja_JP.UTF-8"])
    def test_shows_a_web_identity_token(self, run: Run, options: tuple[str, ...], language: str) -> None:
        """STS's message holds the value that it refuses."""
        parts = [urlsafe_b64encode(text.encode()).decode() for text in ('{"alg":"RS256"}', '{"sub":"me"}', "signature")]
        token = ".".join(parts)
        message = f"1 validation error detected: Value '{token}' at 'webIdentityToken' failed to satisfy constraint"
        operation = "when calling the AssumeRoleWithWebIdentity operation"
        paste = (
            f"$ aws sts ... --web-identity-token {token}\nAn error occurred (ValidationError) {operation}: {message}"
        )
        code, output, errors = run(paste, *options, LANG=language)
        assert code == 1
        assert "Value '<token>' at 'webIdentityToken'" in " ".join(output.split())
        assert not [part for part in parts if part in output + errors]

    def test_shows_a_secret_in_place_of_the_access_key_id(self, run: Run) -> None:
        request = signed("/").with_authorization("AKIALOCAL00000000001", SECRET)
        url = presigned().replace(CALLERS["temporary-caller"].access_key_id, SECRET)
        for paste in (curl_v(request, DOES_NOT_MATCH), curl_v(request), url):
            for options in ((), ("--json",)):
                assert SECRET not in run(paste, *options)[1]
        assert "access_key_malformed" in run(curl_v(request), "--json")[1]

    def test_shows_a_variables_secret(self, run: Run) -> None:
        variables = {
            "AWS_ACCESS_KEY_ID": OTHER_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": "my-session-token",
        }
        for options in ((), ("--json",)):
            _, output, _ = run(another().replace("> \n", f"> x-note: {SECRET}\n> \n"), *options, **variables)
            assert SECRET not in output
            assert "my-session-token" not in output

    def test_shows_a_secret_of_other_bytes(self, run: Run) -> None:
        """The shell takes AWS_SECRET_ACCESS_KEY=$'abc\\xff'."""
        other = os.fsdecode(b"a-secret-\xff-of-other-bytes")
        variables = {
            "AWS_ACCESS_KEY_ID": OTHER_KEY,
            "AWS_SECRET_ACCESS_KEY": other,
            "AWS_SESSION_TOKEN": other + "-token",
        }
        paste = another().replace("> \n", f"> x-note: {other} {quote(os.fsencode(other))}\n> \n")
        for answer in ("", DOES_NOT_MATCH):
            for options in ((), ("--json",)):
                code, output, errors = run(paste + answer, *options, **variables)
                assert (code, errors) == (1, "")
                assert "-of-other-bytes" not in output


class TestTheProcess:
    def test_says_what_to_install_where_a_package_is_missing(self) -> None:
        code = "import sys; sys.modules['starlette'] = None; from local_aws.why.__main__ import main; sys.exit(main())"
        done = subprocess.run([sys.executable, "-c", code], input="", capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert re.fullmatch(r"why-403 needs starlette\S*: install the extra local-aws[^\n]*\n", done.stderr)

    def test_ends_quietly_where_nobody_reads_on(self) -> None:
        shell = f"{' '.join(PROGRAM)} {FILES[0]} | head -1"
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=clean(), check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def test_prints_in_any_locale(self) -> None:
        environment = clean() | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        paste = curl_v(signed("/あ".encode().decode("latin-1").encode("unicode_escape").decode()), DENIED)
        done = subprocess.run(PROGRAM, input=paste.encode(), capture_output=True, env=environment, check=False)
        assert done.returncode == 1
        assert done.stderr == b""


def another() -> str:
    """A request of a key that is nobody's here."""
    return curl_v(signed("/", secret=SECRET).with_authorization("AKIALOCAL00000000001", OTHER_KEY))


def with_token(target: str) -> Any:
    caller = CALLERS["temporary-caller"]
    return signed("/", by=caller.name, token=caller.session_token).but(target=target)


def clean() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DEV_VARS": ""}


def shape(table: dict[str, Any]) -> dict[str, Any]:
    """The keys, and the fields that each text fills in."""
    return {
        key: shape(value) if isinstance(value, dict) else sorted(re.findall(r"\{(\w+)\}", value))
        for key, value in table.items()
    }


@contextlib.contextmanager
def terminal(program: list[str]) -> Iterator[tuple[Callable[[str], str], Callable[[str], None]]]:
    """Runs the program on a terminal of its own: what it shows up to a text, and a line that is typed."""
    child, descriptor = pty.fork()
    if child == 0:  # pragma: no cover
        os.execve(program[0], program, clean())

    def shown(until: str) -> str:
        text = ""
        with contextlib.suppress(OSError):  # the program has ended
            while until not in text and (data := os.read(descriptor, 65_536)):
                text += data.decode()
        return text

    try:
        yield shown, lambda line: (os.write(descriptor, line.encode() + b"\n"), None)[1]
    finally:
        os.close(descriptor)
        os.waitpid(child, 0)


@pytest.mark.parametrize(("paste", "code"), [(curl_v(signed("/")), 0), (DENIED, 0), ("hello", 2)])
def test_make_why_adds_no_line_after_a_reason(paste: str, code: int) -> None:
    """make would write `Error 1` after an exit code of 1."""
    done = subprocess.run(
        ["make", "-s", "why"],
        input=paste,
        capture_output=True,
        text=True,
        env=clean(),
        start_new_session=True,
        check=False,
    )
    assert (done.returncode, "Error" in done.stderr) == (code, code == 2)
