"""The shell that all touchpoint services share: from a request to the disk, and on to Kafka."""
