"""The cases on a real account: `make aws-conformance`."""
