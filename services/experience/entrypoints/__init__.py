"""What comes in: from Kafka and from the clock."""
