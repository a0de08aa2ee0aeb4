"""Reads what people paste: one file per tool whose output they have. `read.py` tries them in order."""
