"""The experience service: how each journey stands, while it runs."""
