"""`touchline demo`: a simulated day in three stores, played through the real services with the clock sped up."""
