"""A curl command, such as a browser's "Copy as cURL" (bash or cmd), and PowerShell's Invoke-WebRequest."""

import re
import shlex
from dataclasses import replace
from urllib.parse import quote

from local_aws.received import bytes_of
from local_aws.why.pastes.literals import pairs_in, unquoted
from local_aws.why.pastes.record import Exchange, Headers, Paste, PastedRequest, request_to

COMMAND = re.compile(r"(?:^|[\s$>])(curl(?:\.exe)?\s[\s\S]{1,200000})")
ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
# Up to a line break outside quotes: a quoted body may hold line breaks.
ONE_COMMAND = re.compile(r"""(?:[^'"\\\n]|\\.|'[^']*'|"(?:[^"\\]|\\[\s\S])*")*""")
CARET = re.compile(r"\^([\s\S])")
DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii")
VALUED = (*DATA, "-X", "--request", "-H", "--header", "-A", "--user-agent", "-e", "--referer", "-b", "--cookie")
SKIPPED = ("-u", "--user", "--aws-sigv4", "-o", "--output", "-m", "--max-time", "--connect-to", "--resolve", "-x", "-w")
SHORT_VALUED = "XHdAeb"
POWERSHELL = re.compile(r"(Invoke-(?:WebRequest|RestMethod)[\s\S]*)", re.IGNORECASE)
PARAMETER = r"""-{}\s+("(?:[^"`]|`[\s\S])*"|'[^']*'|[^\s"']+)"""


def read(text: str) -> Paste | None:
    command = COMMAND.search(text)
    if command:
        arguments = arguments_of(command[1])
        request = request_of(arguments) if arguments else None
        notes = ("note_curl_signs_itself",) if "--aws-sigv4" in arguments else ()
        return Paste("curl-command", (Exchange(request),), notes=notes) if request else None
    powershell = POWERSHELL.search(text)
    request = powershell_request(powershell[1]) if powershell else None
    return Paste("powershell", (Exchange(request),)) if request else None


def arguments_of(command: str) -> list[str]:
    """The command's words, up to the end of the command. Chrome for Windows escapes with ^."""
    if re.search(r"\^[\n\"%]|\^\\", command):
        command = CARET.sub(lambda found: "" if found[1] == "\n" else found[1], command)
    command = ANSI_C.sub(lambda found: shlex.quote(unquoted(f"'{found[1]}'")), command)
    command = command.replace("\\\n", " ").replace("`\n", " ")
    end = ONE_COMMAND.match(command)
    return shlex.split(end[0]) if end else []


def request_of(arguments: list[str]) -> PastedRequest | None:
    given: dict[str, list[str]] = {}
    urls, get = [], False
    words = iter(arguments[1:])
    for word in words:
        name, equals, inline = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        if name in VALUED or name in SKIPPED:
            attached = inline if equals and (name.startswith("--") or name[1] in SHORT_VALUED) else next(words, "")
            given.setdefault(name, []).append(attached)
        elif name == "--url":
            urls.append(inline or next(words, ""))
        elif word in ("-G", "--get", "-I", "--head"):
            get = True
        elif not word.startswith("-"):
            urls.append(word)
    return _request(given, urls, get) if urls else None


def _request(given: dict[str, list[str]], urls: list[str], get: bool) -> PastedRequest:
    def values(*names: str) -> list[str]:
        return [value for name in names for value in given.get(name, [])]

    url = urls[0] if "://" in urls[0].partition("?")[0] else "http://" + urls[0]
    headers = header_pairs(values("-H", "--header"))
    data = values(*DATA)
    body: bytes | None = bytes_of("&".join(data))
    if any(text.startswith("@") for text in data):
        body = None
    if data and not get and "content-type" not in dict(headers):
        headers = (*headers, ("content-type", "application/x-www-form-urlencoded"))
    methods = values("-X", "--request")
    method = methods[-1].upper() if methods else "POST" if data and not get else "GET"
    request = request_to(url, method, headers, body)
    return replace(request, target=quote(bytes_of(request.target or ""), safe="%/?&=:@!$'()*+,;~-._[]|^"))


def header_pairs(lines: list[str]) -> Headers:
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip().lower(), value.strip(" \t")) for name, colon, value in pairs if colon)


def powershell_request(command: str) -> PastedRequest | None:
    """`Invoke-WebRequest -Uri "..." -Method "POST" -Headers @{ "name"="value" } -Body "..."`."""

    def parameter(name: str) -> str | None:
        found = re.search(PARAMETER.format(name), command, re.IGNORECASE)
        return re.sub(r"`([\s\S])", r"\1", found[1].strip("\"'")) if found else None

    url = parameter("Uri")
    if not url or "://" not in url:
        return None
    table = re.search(r"-Headers\s+@(\{[^}]*\})", command, re.IGNORECASE)
    headers = pairs_in(table[1].replace('`"', '\\"')) if table else ()
    if content_type := parameter("ContentType"):
        headers = (*headers, ("content-type", content_type))
    return request_to(url, (parameter("Method") or "GET").upper(), headers, bytes_of(parameter("Body") or ""))
