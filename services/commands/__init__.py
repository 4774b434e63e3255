"""The command line: `touchline up`, `demo`, `play`, `evaluate`, ... It alone knows all the services."""
