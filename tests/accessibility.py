"""What stands in the way of whoever sees or points badly, as axe finds it, and what runs off the side.

barriers(page)      one line for each thing axe finds on a page as it stands, by day and by night
off_the_side(page)  one line when the page is wider than its window

By day axe tries all its rules on all of the page. Night changes nothing but colours (tests/house/test_styles.py), so by
night the rules about colours are tried, and of elements that look alike in everything these rules read, the first, the
middle and the last: most of what axe costs is finding out what lies behind each of five hundred cells.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RUN = """
async ([context, rules]) => {
  const options = { resultTypes: ["violations"], elementRef: false };
  if (rules) options.runOnly = { type: "rule", values: rules };
  const found = await axe.run(context === "alike" ? { include: oneOfEach() } : document, options);
  return found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);

  function oneOfEach() {
    const alike = new Map();
    const behind = new Map();
    const ground = (node) => {
      if (!node) return "";
      if (!behind.has(node)) {
        const style = getComputedStyle(node);
        const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode];
        behind.set(node, `${own.join(" ")}/${ground(node.parentElement)}`);
      }
      return behind.get(node);
    };
    for (const node of document.body.querySelectorAll("*")) {
      const speaks = "value" in node || [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
      const place = node.getBoundingClientRect();
      if (!speaks || !node.checkVisibility({ visibilityProperty: true }) || !place.width || !place.height) continue;
      const style = getComputedStyle(node);
      const read = [
        node.tagName, style.color, style.fontSize, style.fontWeight, style.textShadow, style.textDecorationLine,
        style.webkitTextStrokeColor, node.matches(":disabled, [aria-disabled=true], [aria-disabled=true] *"),
        node.closest("a, label, p, li, td") === node.parentElement, ground(node),
      ].join("|");
      if (!alike.has(read)) alike.set(read, []);
      alike.get(read).push(node);
    }
    return [...alike.values()].flatMap((nodes) => [...new Set([nodes[0], nodes[nodes.length >> 1], nodes.at(-1)])]);
  }
}
"""
_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def barriers(page: Page) -> list[str]:
    """What axe finds, by day and by night; the page is left as it is by day."""
    page.emulate_media(color_scheme="light")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN, ["all", None])
    page.emulate_media(color_scheme="dark")
    found += [f"by night, {one}" for one in page.evaluate(_RUN, ["alike", _OF_COLOURS])]
    page.emulate_media(color_scheme="light")
    return list(found)


def off_the_side(page: Page) -> list[str]:
    """What runs off the side."""
    wide, width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"runs off the side: {wide} of {width}"] if wide > width else []
