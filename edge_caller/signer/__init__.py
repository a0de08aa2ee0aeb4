"""AWS Signature Version 4 for httpx: what one copies or installs. It needs httpx and the standard library."""
