"""The ways out: the store, Kafka messages and webhooks."""
