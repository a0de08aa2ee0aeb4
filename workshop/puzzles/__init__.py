"""Twelve 403s to turn into 200s: `make puzzles`."""
