from workshop.puzzles.given import send, sign

headers = sign("GET", "/items/2", service="lambda")
send("GET", "/items/2", headers)
