"""Starts the three services, waits until they answer, and stops them: as processes or as containers.

`processes.py` and `containers.py` each have one context manager, and both give the same `Services`.
"""
