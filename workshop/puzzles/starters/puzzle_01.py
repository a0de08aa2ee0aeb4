from workshop.puzzles.given import HOST, send

headers = {"Host": HOST}
send("GET", "/items/1", headers)
