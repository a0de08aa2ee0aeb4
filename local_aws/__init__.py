"""The local stand-in: what AWS does between the caller and the function, on this machine.

It verifies signatures, evaluates IAM policies and turns HTTP into events and back. It shares no code with the
signer: a verifier that did would agree with its bugs.
"""
