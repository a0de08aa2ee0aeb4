from hashlib import sha256

from workshop.puzzles.given import HOST, amz_date_now, authorization, send_through_proxy

amz_date = amz_date_now()
canonical_request = "\n".join(
    [
        "GET",
        "/items/8",
        "",
        f"accept-encoding:gzip, deflate, br\nhost:{HOST}\nx-amz-date:{amz_date}\n",
        "accept-encoding;host;x-amz-date",
        sha256(b"").hexdigest(),
    ]
)
headers = {
    "Host": HOST,
    "Accept-Encoding": "gzip, deflate, br",
    "X-Amz-Date": amz_date,
    "Authorization": authorization(canonical_request, amz_date),
}
send_through_proxy("GET", "/items/8", headers)
