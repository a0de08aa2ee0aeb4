from edge_caller.signer.sigv4 import Credentials
from workshop.puzzles.given import KEY, SECRET_FILE, send, sign

secret = SECRET_FILE.read_text()
headers = sign("GET", "/items/3", key=Credentials(KEY.access_key_id, secret))
send("GET", "/items/3", headers)
