from workshop.puzzles.given import send, sign

headers = sign("GET", "/items/1")
send("GET", "/items/1", headers)
