"""The analysis as one JSON object, for scripts."""

import json
from typing import Any

from local_aws.reasons import Finding
from local_aws.why.analysis import Analysis
from local_aws.why.pastes.record import Paste
from local_aws.why.permission import Permission


def json_of(paste: Paste, analysis: Analysis, arn: str, permissions: list[Permission], language: str) -> str:
    answer, request = analysis.exchange.answer, analysis.exchange.request
    document: dict[str, Any] = {
        "paste": paste.kind,
        "request": {"method": request.method, "host": request.header("host")} if request else None,
        "status": answer.status if answer else None,
        "error_type": answer.error_type if answer else None,
        "message": answer.message if answer else None,
        "check": analysis.gate.value if analysis.gate else None,
        "signature": analysis.signature.value,
        "findings": [finding_of(finding, language) for finding in analysis.findings],
        "notes": [{"code": note.code, "note": note.because(language)} for note in analysis.notes],
        "canonical_request": analysis.canonical_request,
        "string_to_sign": analysis.string_to_sign,
        "signed_canonical_request": analysis.signed_canonical_request,
        "difference": vars(analysis.difference) if analysis.difference else None,
        "permissions": {permission.action: permission_of(permission, arn, language) for permission in permissions},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def finding_of(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "proved": finding.proved,
        "because": finding.because(language),
        "do_this": finding.do_this(language),
        "details": finding.details,
    }


def permission_of(permission: Permission, arn: str, language: str) -> dict[str, Any]:
    return {
        "allowed": permission.finding is None,
        "resource": arn,
        "statement": permission.statement,
        "because": permission.finding.because(language) if permission.finding else None,
        "add": permission.add,
    }
