from edge_caller.signer.sigv4 import Credentials
from workshop.puzzles.given import assume_role, send, sign

session = assume_role()
key = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
headers = sign("GET", "/items/9", key=key)
send("GET", "/items/9", headers)
