"""The touchpoint services: each takes what one kind of touchpoint tells, over HTTP, and passes it on to Kafka."""
