"""What axe-core finds on a page that keeps somebody out."""

from pathlib import Path

AXE = (Path(__file__).parent / "axe_core" / "axe.min.js").read_text(encoding="utf-8")


async def violations(page):
    """What axe-core finds, each with where."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [f"{each['id']}: {node['html'][:120]}" for each in found["violations"] for node in each["nodes"]]
