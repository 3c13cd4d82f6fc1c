"""axe-core, which judges a page by the rules of accessibility (WCAG 2.2, A to AA, and good practice)."""

from typing import Any

from playwright.async_api import BrowserContext, Page

from tests import parts


async def install(context: BrowserContext) -> None:
    """Have it in every page of that session; it comes with the browser's tools, so that no policy of a page counts."""
    await context.add_init_script(path=parts.STRANGER / "node_modules" / "axe-core" / "axe.min.js")


async def faults(page: Page, *rules: str) -> list[str]:
    """What the page breaks: rule, element, why. Every rule of axe is asked, or those named alone."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
