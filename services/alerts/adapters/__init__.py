"""The ways out: the store, Kafka messages, and the channels."""
