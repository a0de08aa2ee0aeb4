import json

from workshop.puzzles.given import send, sign

order = {"item": 5, "colour": "red"}
body = json.dumps(order).encode()
headers = sign("POST", "/orders", body)
send("POST", "/orders", headers, json.dumps(order, separators=(",", ":")).encode())
