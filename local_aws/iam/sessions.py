"""The sessions that STS has begun: temporary credentials of a role, in memory until the process ends."""

import secrets
from base64 import b64encode
from datetime import datetime
from string import ascii_uppercase, digits

from local_aws.iam.callers import Caller

MAX_SESSIONS = 1000


class Sessions:
    """An expired session is still known, so that its caller reads that it has expired."""

    def __init__(self) -> None:
        self._sessions: dict[str, Caller] = {}

    def begin(self, account_id: str, role: str, name: str, now: datetime, expires_at: datetime) -> Caller:
        """The caller of the new session, without the role's statements."""
        if len(self._sessions) >= MAX_SESSIONS:
            self._forget_one(now)
        key = "ASIALOCAL" + "".join(secrets.choice(ascii_uppercase + digits) for _ in range(11))
        secret, token = (b64encode(secrets.token_bytes(size)).decode() for size in (30, 120))
        arn = f"arn:aws:sts::{account_id}:assumed-role/{role}/{name}"
        session = Caller(
            name=role,
            user_arn=arn,
            access_key_id=key,
            secret_access_key=secret,
            statements=(),
            session_token=token,
            expires_at=expires_at,
            session_name=name,
        )
        self._sessions[key] = session
        return session

    def get(self, access_key_id: str) -> Caller | None:
        return self._sessions.get(access_key_id)

    def _forget_one(self, now: datetime) -> None:
        """The oldest that has expired, else the oldest."""
        expired = (key for key, session in self._sessions.items() if session.expires_at and session.expires_at <= now)
        del self._sessions[next(expired, next(iter(self._sessions)))]
