from workshop.puzzles.given import send, sign

headers = sign("GET", "/items/2", service="execute-api")
send("GET", "/items/2", headers)
