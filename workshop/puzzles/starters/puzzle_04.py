from datetime import UTC, datetime, timedelta, timezone

from workshop.puzzles.given import send, sign

TOKYO = timezone(timedelta(hours=9))

office_clock = datetime.now(TOKYO)
headers = sign("GET", "/items/4", at=office_clock.replace(tzinfo=UTC))
send("GET", "/items/4", headers)
