"""The exercises of the workshop, and their checks."""
