"""The Worker: Cloudflare's ASGI entry point over the same app that runs everywhere else.

It configures nothing: the variables come with each request, as the Worker's environment.
Source: Cloudflare Workers docs, "Python Workers", "FastAPI" (any ASGI app is served alike).
"""

from workers import asgi

from edge_caller.app import create_app
from fetch_transport import FetchTransport

# "manual": the body leaves with the content coding that the function gave it; it isn't coded a second time.
Default = asgi.entrypoint(create_app(transport=FetchTransport()), options=asgi.Options(encode_body="manual"))
