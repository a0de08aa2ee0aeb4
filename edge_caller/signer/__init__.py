"""AWS Signature Version 4 for httpx: copy this folder or install it. It needs httpx and the standard library."""
