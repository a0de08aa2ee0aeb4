import json
from hashlib import sha256
from urllib.parse import quote

from workshop.puzzles.given import HOST, amz_date_now, authorization, send

path = quote("/orders/green tea")
body = json.dumps({"item": 12}).encode()
amz_date = amz_date_now()
canonical_request = "\n".join(
    [
        "POST",
        path,
        "",
        f"host:{HOST}\nx-amz-date:{amz_date}\n",
        "host;x-amz-date",
        sha256(b"").hexdigest(),
    ]
)
headers = {"Host": HOST, "X-Amz-Date": amz_date, "Authorization": authorization(canonical_request, amz_date)}
send("POST", path, headers, body)
