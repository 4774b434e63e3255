"""Touchline's words in every language that it speaks: phrases become sentences."""

from touchline_contracts.words.catalogue import ENGLISH, Catalogue, Said, Unsayable, catalogue, languages

__all__ = ["ENGLISH", "Catalogue", "Said", "Unsayable", "catalogue", "languages"]
