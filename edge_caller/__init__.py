"""What runs outside AWS: a service that signs each request (SigV4) and sends it to a Lambda Function URL.

It does not know the function behind the URL: whatever comes in goes out, signed, and the answer comes back.
The signer alone is `edge_caller.signer.auth.SigV4Auth`, for any httpx client.
"""
