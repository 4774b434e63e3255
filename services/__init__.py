"""The services of Touchline, the chassis they share, and the command line."""
