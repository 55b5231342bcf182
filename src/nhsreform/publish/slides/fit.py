"""How much fits on a slide: heights are reckoned here, and a browser test measures that they hold.

A slide is a fixed box that the page scales to its window, so what fits once fits in every window. Widths are those
of DejaVu Sans, wider than the fonts of Windows and macOS: what fits in it fits in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nhsreform.text.html_clean import as_html, element, words

if TYPE_CHECKING:
    from bs4 import Tag

# The box, in CSS pixels, as in deck.css: the width of a line, and the height below the heading and above the foot.
WIDTH, HEIGHT = 1152, 536
TEXT, CODE = 26, 20
TABLE_SIZES = (19, 16)
LEADING = 1.4
# A table with its borders.
TABLE = WIDTH - 6
GAP = 16
CELL_PAD = 18
ROW_PAD = 13
INDENT = 44
# A reckoned line may not be quite full.
SAFE = 0.95
MAX_TABLE_SLIDES = 4

_NARROW = set("iljt.,:;'!|()[]/‘’`f- ")
_WIDE = set("mwMWQOGDNH@%—+−±")


def _em(text: str) -> float:
    """Return about how wide a text is, in widths of the letter m of its font."""
    return sum(
        0.36
        if char in _NARROW
        else 0.84
        if char in _WIDE
        else 0.68
        if char.isupper()
        else 0.64
        if char.isdigit()
        else 0.6
        for char in text
    )


def lines(text: str, width: float, size: float, fixed: bool = False) -> int:
    """Return on how many lines a text stands, in a column of `width` pixels at `size`.

    >>> lines("word " * 3, 1000, 26), lines("word " * 100, 1000, 26) > 5
    (1, True)
    """
    room, count, used = width * SAFE / size, 1, 0.0
    for word in text.split():
        long = 0.61 * len(word) if fixed else _em(word)
        space = (0.61 if fixed else 0.36) if used else 0
        if used + space + long <= room:
            used += space + long
        elif long > room:
            count += (used > 0) + math.ceil(long / room) - 1
            used = long % room
        else:
            count, used = count + 1, long
    return count


@dataclass(frozen=True)
class Block:
    """A piece of a slide: its HTML, its height, and whether it begins a slide of its own or wants what follows with it."""

    html: str
    height: float
    fresh: bool = False
    leads: bool = False


def _tall(text: str, width: float, size: float, fixed: bool = False) -> float:
    return lines(text, width, size, fixed) * size * LEADING


def _items(node: Tag, width: float) -> list[tuple[Tag, float]]:
    """Return the items of a list, each with its height; a list in a list counts line by line."""
    from bs4 import Tag

    items = []
    for item in node.find_all("li", recursive=False):
        inner = item.find_all(["ul", "ol"], recursive=False)
        own = "".join(
            words(child) if isinstance(child, Tag) else str(child)
            for child in item.children
            if not (isinstance(child, Tag) and child.name in ("ul", "ol"))
        )
        height = _tall(own, width - INDENT, TEXT) + 8
        height += sum(tall for sub in inner for _, tall in _items(sub, width - INDENT))
        items.append((item, height))
    return items


def _listed(node: Tag) -> list[Block]:
    """Return a list as blocks of one item each, numbered on from slide to slide."""
    blocks = []
    for at, (item, height) in enumerate(_items(node, WIDTH), 1):
        start = f' start="{at}"' if node.name == "ol" and at > 1 else ""
        blocks.append(Block(f"<{node.name}{start}>{as_html(item)}</{node.name}>", height))
    return [*blocks[:-1], replace(blocks[-1], height=blocks[-1].height + 8)] if blocks else []


def _cell_text(cell: Tag) -> list[str]:
    """Return the words of a table cell, a text for each line that a break ends."""
    from bs4 import Tag

    parts = [
        str(child) if not isinstance(child, Tag) else "\n" if child.name == "br" else words(child)
        for child in cell.children
    ]
    return "".join(parts).split("\n")


def _widths(rows: list[list[Tag]], size: float, equal: bool) -> list[float]:
    """Return the width of each column: what it holds where all fits on a line, else by longest word and by content."""
    columns = max(len(row) for row in rows)
    if equal:
        return [TABLE / columns] * columns
    longest, held = [1.0] * columns, [1.0] * columns
    for row in rows:
        for at, cell in enumerate(row):
            text = words(cell)
            longest[at] = max(longest[at], max((_em(word) for word in text.split()), default=0) + 0.3)
            held[at] = max(held[at], _em(text) + 0.5)
    whole = [hold * size / SAFE + CELL_PAD for hold in held]
    if sum(whole) <= TABLE:
        return whole
    least = [word * size / SAFE + CELL_PAD for word in longest]
    spare = TABLE - sum(least)
    if spare <= 0:
        return [width * TABLE / sum(least) for width in least]
    wants = [max(0.0, min(hold, 400.0) - word) ** 0.9 for hold, word in zip(held, longest, strict=True)]
    return [width + spare * want / sum(wants) for width, want in zip(least, wants, strict=True)]


def _grouped(heights: list[float], room: float) -> list[list[int]]:
    """Return the rows of a table, by number, in as many groups as they need and about equally tall; none taller than room."""

    def split(limit: float) -> list[list[int]]:
        groups: list[list[int]] = []
        used = limit + 1
        for at, height in enumerate(heights):
            if used + height > limit:
                groups.append([])
                used = 0.0
            groups[-1].append(at)
            used += height
        return groups

    fewest = len(split(room))
    limit = max(heights)
    while limit < room and len(split(limit)) > fewest:
        limit += 8
    return split(min(limit, room))


def _table(node: Tag, size: float, equal: bool) -> list[Block]:
    """Return a table at one size of letters; none when it needs more than MAX_TABLE_SLIDES."""
    head = [row(["th", "td"]) for row in node.select("thead tr")]
    cells = [row(["th", "td"]) for row in node.select("tbody tr")]
    if not cells:
        return []
    widths = _widths([*head, *cells], size, equal)

    def height(row: list[Tag]) -> float:
        return ROW_PAD + max(
            sum(_tall(line, width - CELL_PAD, size) for line in _cell_text(cell))
            for cell, width in zip(row, widths, strict=False)
        )

    caption = next((words(blocks) for blocks in node("caption")), "")
    top = sum(height(row) for row in head) + (_tall(caption, TABLE, size) + 8 if caption else 0)
    heights = [height(row) for row in cells]
    if top + max(heights) > HEIGHT:
        return []
    groups = _grouped(heights, HEIGHT - top)
    if len(groups) > MAX_TABLE_SLIDES:
        return []
    said = as_html(element("caption", caption)) if caption else ""
    columns = "".join(f'<col style="width:{width:.0f}px">' for width in widths)
    above = "".join("<tr>" + "".join(as_html(cell) for cell in row) + "</tr>" for row in head)
    blocks: list[Block] = []
    for group in groups:
        below = "".join("<tr>" + "".join(as_html(cell) for cell in cells[at]) + "</tr>" for at in group)
        markup = (
            f'<table style="width:{sum(widths):.0f}px;font-size:{size}px">{said}<colgroup>{columns}</colgroup>'
            + (f"<thead>{above}</thead>" if above else "")
            + f"<tbody>{below}</tbody></table>"
        )
        blocks.append(Block(markup, top + sum(heights[at] for at in group) + GAP, fresh=bool(blocks)))
    return blocks


def table(node: Tag, equal: bool = False) -> list[Block]:
    """Return a table as one block for each slide it needs, the head on each; none when it needs more than four.

    `equal` gives each column the same width, whatever it holds. A table too long for four slides in letters of the
    first size is tried in smaller ones. Half a table would show half an argument: it is shown whole or not at all.
    """
    return next((blocks for size in TABLE_SIZES for blocks in [_table(node, size, equal)] if blocks), [])


def _is_side(node: Tag) -> bool:
    """Return whether a paragraph begins in bold, as the two best cases of a contrast do."""
    first = next((child for child in node.children if not (isinstance(child, str) and not child.strip())), "")
    return node.name == "p" and getattr(first, "name", None) == "strong"


def laid(nodes: Iterable[Tag]) -> list[Block]:
    """Return elements as blocks that a slide can take. A table too long for four slides gives none.

    Paragraphs in a row that begin in bold are the sides of one question, and stay on one slide where they fit.
    """
    blocks: list[Block] = []
    before: Tag | None = None
    for node in nodes:
        text = words(node).strip()
        if node.name in ("ul", "ol"):
            new = _listed(node)
        elif node.name == "table":
            new = table(node)
        elif node.name == "pre":
            height = sum(_tall(line or " ", WIDTH - 24, CODE, fixed=True) for line in text.split("\n")) + 24 + GAP
            new = [Block(as_html(node), height)]
        elif node.name == "blockquote":
            inner = node.find_all(True, recursive=False)
            height = sum(_tall(words(child), WIDTH - INDENT, TEXT) + GAP for child in inner or [node])
            new = [Block(as_html(node), height)]
        else:
            new = [Block(as_html(node), _tall(text, WIDTH, TEXT) + GAP, leads=text.endswith(":"))] if text else []
        if before and new and _is_side(before) and _is_side(node):
            blocks[-1:] = together([blocks[-1], *new])
        else:
            blocks += new
        before = node
    return blocks


def packed(blocks: list[Block]) -> list[str]:
    """Return the HTML of slides that hold these blocks in their order, each as full as it can be.

    Raises ValueError with the beginning of a block that is taller than a slide.
    """
    slides: list[list[Block]] = []
    used = HEIGHT + 1.0
    for at, block in enumerate(blocks):
        if block.height - GAP > HEIGHT:
            raise ValueError(block.html[:80])
        follower = blocks[at + 1] if block.leads and at + 1 < len(blocks) else None
        needed = block.height - GAP
        if follower and not follower.fresh and block.height + follower.height - GAP <= HEIGHT:
            needed = block.height + follower.height - GAP
        if block.fresh or used + needed > HEIGHT:
            slides.append([])
            used = 0.0
        slides[-1].append(block)
        used += block.height
    return ["\n".join(_joined(slide)) for slide in slides]


def _joined(slide: list[Block]) -> list[str]:
    """Return the HTML of a slide's blocks, with neighbouring items put back into one list."""
    lines: list[str] = []
    for block in slide:
        if lines and block.html.startswith("<ul>") and lines[-1].endswith("</ul>") and lines[-1].startswith("<ul>"):
            lines[-1] = lines[-1][: -len("</ul>")] + block.html[len("<ul>") :]
        elif lines and block.html.startswith("<ol") and lines[-1].endswith("</ol>") and lines[-1].startswith("<ol"):
            lines[-1] = lines[-1][: -len("</ol>")] + block.html[block.html.index(">") + 1 :]
        else:
            lines.append(block.html)
    return lines


def together(blocks: list[Block]) -> list[Block]:
    """Return blocks as one that no slide divides, where a slide has room for it."""
    height = sum(block.height for block in blocks)
    if not blocks or height - GAP > HEIGHT:
        return blocks
    return [Block("\n".join(_joined(blocks)), height, blocks[0].fresh)]
