"""The AWS side, rehearsed against a local AWS: `make rehearse`."""
