"""Being a process: settings, clock, logs, broker, durable consumption, web shell. No word of the business in it."""
