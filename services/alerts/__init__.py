"""The alert service: who has to be told that a journey goes wrong, and what became of it."""
