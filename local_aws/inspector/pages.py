"""The pages as templates see them: one function a page, from kept requests to HTML."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local_aws.inspector.calls import CALLS, Calls
from local_aws.inspector.copies import curl_command, paste_for_why
from local_aws.inspector.examples import signed_examples
from local_aws.inspector.form import call_of
from local_aws.inspector.kept import Headers, Kept
from local_aws.inspector.rows import Row, canonical_rows, row
from local_aws.inspector.words import Words
from local_aws.reasons import Finding
from local_aws.record import Gate, State
from local_aws.why.comparison import visible

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
TEMPLATES.globals.update(Gate=Gate, State=State, CALLS=CALLS)
TEMPLATES.filters["visible"] = lambda text: "\n".join(map(visible, text.split("\n")))
TEMPLATES.filters["pretty"] = lambda document: json.dumps(document, indent=2, ensure_ascii=False)
OF_THE_SCOPE = ("scope_region", "scope_service", "scope_terminator", "scope_date")
OF_THE_CLOCK = ("expired", "not_yet_current", "presigned_expired")


@dataclass(frozen=True)
class Pages:
    """`address` is the Function URL's, as a person calls it."""

    calls: Calls
    address: str

    def first(self, words: Words, kept: list[Kept], example: Kept | None, stream: str) -> str:
        rows = example and self.signing_rows(example, words)
        return self.render("list.html", words, "/", kept=kept, example=example, rows=rows, stream=stream)

    def row(self, words: Words, kept: Kept) -> str:
        module: Any = TEMPLATES.get_template("row.html").make_module({"w": words})
        return str(module.request_row(kept))

    def request(self, words: Words, kept: Kept, **more: Any) -> str:
        call = call_of(kept, self.calls.host)
        region = self.calls.access.function.region
        return self.render(
            "request.html",
            words,
            f"/r/{kept.request_id}",
            kept=kept,
            rows=self.signing_rows(kept, words),
            call=call,
            headers=lines_of(call.headers),
            callers=list(self.calls.callers()),
            curl=curl_command(kept, region, self.calls.host),
            why=paste_for_why(kept),
            signed_examples=signed_examples(kept, region, self.calls.host) if kept.is_unsigned else {},
            expected=found(kept.findings, OF_THE_SCOPE + OF_THE_CLOCK),
            headers_as_came=lines_of(kept.headers),
            answer=f"{kept.status}\n{lines_of(kept.answer_headers)}\n\n{kept.answer_body}",
            **{"compared": None, "pasted": "", "problem": "", "typed": {}} | more,
        )

    def unknown(self, words: Words) -> str:
        return self.render("unknown.html", words, "/")

    def paste(self, words: Words, pasted: str = "", canonical: str = "", **more: Any) -> str:
        more = {"analysis": None, "unusable": None, "rows": []} | more
        return self.render("paste.html", words, "/paste", pasted=pasted, canonical=canonical, **more)

    def signing_rows(self, kept: Kept, words: Words) -> list[Row]:
        """What was signed beside what came, or beside what AWS expects of scope and time. Empty where it is unknown."""
        signing = kept.signing
        if signing is None or kept.failed_at is not Gate.SIGNATURE:
            return []
        if found(kept.findings, OF_THE_SCOPE):
            return [row(words["credential_scope"], signing.scope, signing.expected_scope, words)]
        if found(kept.findings, OF_THE_CLOCK):
            return [row(words["time_of_signing"], signing.amz_date, f"{kept.time:%Y%m%dT%H%M%SZ}", words)]
        if signing.signed is None or signing.came is None:
            return []
        rows = canonical_rows(signing.signed, signing.came, words)
        return rows if any(row.differs for row in rows) else []

    def render(self, name: str, words: Words, path: str, **values: Any) -> str:
        shared = {"w": words, "path": path, "address": self.address, "function": self.calls.access.function}
        return TEMPLATES.get_template(name).render(**shared, **values)


def lines_of(headers: Headers) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def found(findings: tuple[Finding, ...], codes: tuple[str, ...]) -> bool:
    return any(finding.code in codes for finding in findings)
