"""The cases on an account: a fake aws CLI, and the stand-in in the place of AWS."""
