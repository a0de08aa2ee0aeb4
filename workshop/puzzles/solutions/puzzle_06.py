from hashlib import sha256
from urllib.parse import quote, urlencode

from workshop.puzzles.given import HOST, amz_date_now, authorization, send

query = urlencode(sorted({"q": "tea cup", "limit": "2"}.items()), quote_via=quote)
amz_date = amz_date_now()
canonical_request = "\n".join(
    [
        "GET",
        "/items/6",
        query,
        f"host:{HOST}\nx-amz-date:{amz_date}\n",
        "host;x-amz-date",
        sha256(b"").hexdigest(),
    ]
)
headers = {"Host": HOST, "X-Amz-Date": amz_date, "Authorization": authorization(canonical_request, amz_date)}
send("GET", f"/items/6?{query}", headers)
