"""What the Makefile's longer commands run."""
