"""What goes out: to the database, to Kafka; and service concepts read from their files."""
