"""Feeding history through Kafka, and seeing that every journey of it is evaluated, none twice, and nobody paged."""
