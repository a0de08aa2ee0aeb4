"""The signer's one exception."""


class SigningError(Exception):
    """The request can't be signed as asked. Raised before anything is sent; the message says what to change."""
