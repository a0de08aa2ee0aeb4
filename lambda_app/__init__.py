"""Runs on Lambda: an ordinary FastAPI app without an import specific to Lambda. The Web Adapter calls it by HTTP."""
