from hashlib import sha256
from urllib.parse import quote

from workshop.puzzles.given import HOST, amz_date_now, authorization, send

path = quote("/items/green tea")
canonical_uri = path
amz_date = amz_date_now()
canonical_request = "\n".join(
    [
        "GET",
        canonical_uri,
        "",
        f"host:{HOST}\nx-amz-date:{amz_date}\n",
        "host;x-amz-date",
        sha256(b"").hexdigest(),
    ]
)
headers = {"Host": HOST, "X-Amz-Date": amz_date, "Authorization": authorization(canonical_request, amz_date)}
send("GET", path, headers)
