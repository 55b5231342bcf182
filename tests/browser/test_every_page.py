"""Every page of the reading edition, laid open: nothing for axe to find, and none wider than a phone."""

from __future__ import annotations

from tests.browser.pages import ALL_BUT_COLOURS, COLOURS, findings, resize

# All rows of a table are made by one line of code; axe needs long for many.
FEWER_ROWS = """() => document.querySelectorAll("tbody tr:nth-child(n+5)").forEach((row) => row.remove())"""


# What has words of its own on a page, as kinds: its tag, classes and position, and those of what it stands in. With a
# list of kinds, the first two of each of these are marked.
KINDS = """(asked) => {
  const name = (each) => [each.tagName, each.getAttribute("class"), each.dataset.stance].join(" ");
  const kinds = new Map();
  for (const each of document.body.querySelectorAll("*")) {
    if (![...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (each.matches("script, style, template") || each.getClientRects().length === 0) continue;
    const kind = `${name(each.parentElement)} > ${name(each)}`;
    kinds.set(kind, [...(kinds.get(kind) || []), each]);
  }
  for (const kind of asked || []) for (const each of kinds.get(kind).slice(0, 2)) each.dataset.asked = "";
  return [...kinds.keys()];
}"""
# Each widget is tried whole in a page of its own.
WIDGETS = ".live > .widget"


def names(site):
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def laid_open(opened, name, scheme, page):
    page = opened(name, scheme, page=page)
    page.evaluate(FEWER_ROWS)
    page.evaluate("() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    return page


def test_every_page_is_axe_clean_and_needs_no_sideways_scrolling(site, opened):
    """All pages; their colours, light and dark, on as many as hold each kind of thing there is."""
    wrong, kinds, page = [], {}, None
    for name in names(site):
        page = laid_open(opened, name, "light", page)
        wrong += findings(page, without=WIDGETS, **ALL_BUT_COLOURS)
        kinds[name] = set(page.evaluate(KINDS))
        resize(page, 390, 800)
        if page.evaluate("() => document.documentElement.scrollWidth") > 390:
            wrong.append(f"{name} is wider than 390 pixels")
    untried, coloured = set().union(*kinds.values()), 0
    while untried:
        name = max(kinds, key=lambda name: len(kinds[name] & untried))
        asked = sorted(kinds[name] & untried)
        for scheme in ("light", "dark"):
            page = laid_open(opened, name, scheme, page)
            page.evaluate(KINDS, asked)
            wrong += findings(page, "[data-asked]", **COLOURS)
        untried -= kinds[name]
        coloured += 1
    print(len(kinds), "pages; colours on", coloured, "of them")
    assert not wrong, "\n".join(wrong[:20])
