"""The ways in: evaluations from Kafka, deliveries that are due, the page and the API."""
