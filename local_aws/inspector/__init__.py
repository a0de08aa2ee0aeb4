"""The inspector: the requests that reached the stand-in, as AWS sees them, in a browser.

It has a port of its own, shows the last requests from memory, and sends calls to this stand-in alone.
"""
