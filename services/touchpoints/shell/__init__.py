"""The shell that all touchpoint services share: from a request to Kafka's acknowledgement."""
