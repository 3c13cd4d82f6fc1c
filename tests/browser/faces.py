"""A page as it looks: read by axe, at 320 px, in the dark, and by its links."""

from dataclasses import dataclass

from playwright.async_api import Page

from . import axe

# Text that its box cuts off, or that makes the page wider than the screen.
CUT = """() => {
    const cut = [], root = document.documentElement, range = document.createRange();
    if (root.scrollWidth > root.clientWidth) cut.push("the page");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode());) {
        let box = text.parentElement;
        while (box !== root && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
        const edge = box === root ? root.clientWidth : box.getBoundingClientRect().right;
        range.selectNodeContents(text);
        if ([...range.getClientRects()].some(line => line.right > edge + 1)) cut.push(text.data.trim());
    }
    return cut;
}"""

LINK = "[...document.links].filter(link => /^http:.{2}(localhost|127.0.0.1):/.test(link.href))"
# Links into the page that lead to nothing of it.
ANCHORS = f"{LINK}.filter(link => link.hash && !document.querySelector(link.hash)).map(link => link.href)"
# The others; not the one to the same page in the other language: on an error page, it leads to the same error.
LINKS = f"{LINK}.filter(link => !link.hash && !link.hreflang).map(link => link.href)"


@dataclass(frozen=True, slots=True)
class Face:
    """A page in one state, and what is wrong with it.

    :param rules: of axe, that it breaks
    :param dark: the same, of contrast alone, on a dark screen
    :param cut: what cannot be read at 320 pixels
    :param dead: links of ours that lead nowhere
    """

    name: str
    rules: list[str]
    dark: list[str]
    cut: list[str]
    dead: list[str]


async def look(name: str, page: Page, followed: set[str]) -> Face:
    """:param followed: links that another page has, and that need not be followed again"""
    size = page.viewport_size
    assert size
    rules = await axe.faults(page)
    await page.emulate_media(color_scheme="dark")
    dark = await axe.faults(page, "color-contrast", "link-in-text-block")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 320, "height": 640})
    cut = await page.evaluate(CUT)
    await page.set_viewport_size(size)
    dead = await page.evaluate(ANCHORS)
    for href in set(await page.evaluate(LINKS)) - followed:
        followed.add(href)
        if not (await page.context.request.get(href)).ok:
            dead.append(href)
    return Face(name, rules, dark, cut, dead)
