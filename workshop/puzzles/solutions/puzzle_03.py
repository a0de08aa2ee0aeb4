from edge_caller.signer.sigv4 import Credentials
from workshop.puzzles.given import FILE_KEY_ID, SECRET_FILE, send, sign

secret = SECRET_FILE.read_text().strip()
headers = sign("GET", "/items/3", key=Credentials(FILE_KEY_ID, secret))
send("GET", "/items/3", headers)
