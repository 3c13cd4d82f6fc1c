"""axe-core, which judges a page by the rules of accessibility (WCAG 2.2, A to AA, and good practice)."""

from functools import cache
from typing import Any

from playwright.async_api import Page

from tests import parts


@cache
def _source() -> str:
    return (parts.STRANGER / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


async def faults(page: Page, *rules: str) -> list[str]:
    """What the page breaks: rule, element, why. Every rule of axe is asked, or those named alone."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_source())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
