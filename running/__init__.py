"""Starts the three services, waits until they answer, and stops them: as processes or as containers."""
