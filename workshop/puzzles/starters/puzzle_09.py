from edge_caller.signer.sigv4 import Credentials
from workshop.puzzles.given import YESTERDAYS_SESSION, send, sign

session = YESTERDAYS_SESSION
key = Credentials(session.access_key_id, session.secret_access_key)
headers = sign("GET", "/items/9", key=key)
send("GET", "/items/9", headers)
