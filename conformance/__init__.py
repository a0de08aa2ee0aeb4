"""What the project claims about AWS, as one table of cases, and what runs them: here, in a rehearsal, on an account."""
