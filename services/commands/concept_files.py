"""Where the example service concepts are."""

from pathlib import Path

CONCEPTS = Path(__file__).resolve().parents[2] / "deploy" / "concepts"
"""The folder in this checkout; each file says whom it is for."""
