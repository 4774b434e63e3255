"""A folder of service concepts for tests: a brand, and a shop that extends it."""

from datetime import datetime
from pathlib import Path

import pytest

from services.commands.concept_reading import read_file
from services.experience.adapters.concept_file import ConceptError

BRAND = """\
concept: brand
version: 1
title: The brand
stores: []
greeting: {within: 60s, kind: must_be}
stages:
  cutting: 15m
  checkout: {within: 5m, remedy: Open a till.}
costs: {bad_outcome: 400}
"""
SHOP = "concept: shop\nversion: 1\nextends: brand\nstores: [riga-1]\n"
"""Four lines, so what follows stands on line 5."""


class Folder:
    """Concepts that lie beside each other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("brand", BRAND)

    def write(self, name: str, text: str) -> Path:
        file = self.path / f"{name}.yaml"
        file.write_text(text)
        return file

    def shop(self, text: str = "") -> Path:
        return self.write("shop", SHOP + text)

    def mistakes(self, text: str, *, at: datetime | None = None) -> list[str]:
        """What is said about the shop's file, without the folder."""
        with pytest.raises(ConceptError) as caught:
            read_file(self.shop(text), at=at)
        return str(caught.value).replace(f"{self.path}/", "").splitlines()
