"""A small drawing, described in numbers and drawn as SVG inside a panel.

The SVG follows a slider at once: it needs no library, neither here nor in the browser. It takes the panel's own
colours and shrinks with the panel. Dashes, fill and words tell things apart, never colour alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 190
_LEFT, _RIGHT, _LINE = 48, 26, 18
# Keeps 3:1 on white and on #111.
GREY = "#7d7d7d"


@dataclass(frozen=True)
class Axis:
    """One axis: its title with the unit, its ends, its ticks, and whether it is logarithmic."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies between the ends: 0 to 1."""
        low, high, value = (math.log(each) if self.log else each for each in (self.low, self.high, value))
        return (value - low) / (high - low)


@dataclass(frozen=True)
class Line:
    """A named line through points (x, y)."""

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


@dataclass(frozen=True)
class Lines:
    """Two lines on two axes, with a dot at the settings chosen and a rule at 0 where 0 means something."""

    title: str
    description: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    dot: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bars:
    """Bars in two parts, filled and hollow, and a dashed rule across them."""

    title: str
    description: str
    x: Axis
    parts: tuple[str, str]
    bars: tuple[tuple[str, float, float], ...]
    rule: float


def axis(title: str, low: float, high: float, tight: bool = False) -> Axis:
    """Return an axis whose ticks are round numbers; unless `tight`, its ends are ticks too."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(step * each for each in (1, 2, 5, 10) if (high - low) / (step * each) <= 7)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(step * each, 9) + 0.0 for each in range(first, last + 1)]
    if tight:
        return Axis(title, low, high, tuple(tick for tick in ticks if low - 1e-9 <= tick <= high + 1e-9))
    return Axis(title, ticks[0], ticks[-1], tuple(ticks))


# --- as SVG ----------------------------------------------------------------------------------------


def svg(picture: Lines | Bars) -> str:
    """Return a drawing as an SVG element that says its description."""
    body, height = _lines(picture) if isinstance(picture, Lines) else _bars(picture)
    return (
        f'<svg role="img" aria-label="{escape(picture.description)}" viewBox="0 0 {WIDTH} {height:g}" '
        f'style="display:block;width:100%;max-width:{WIDTH}px;font-size:12px;fill:currentColor">'
        f"{_text(0, 14, picture.title, 'font-size:14px;font-weight:600')}{body}</svg>"
    )


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    styled = f' style="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{styled}>{escape(words)}</text>'


def _stroke(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" style="{style}"/>'


_GRID = "stroke:var(--nhsr-line);stroke-width:1"
_ZERO = f"stroke:{GREY};stroke-width:2"
_INK = "fill:none;stroke:currentColor;stroke-width:2"
_DASHED = f"{_INK};stroke-dasharray:7 4"


def _number(value: float) -> str:
    return f"{value:,.10g}".replace("-", "\u2212")


def _ticks(x: Axis, left: float, width: float, top: float, bottom: float) -> str:
    """Return the x axis: grid, numbers, title."""
    drawn = []
    for tick in x.ticks:
        at = left + width * x.place(tick)
        drawn.append(_stroke(at, top, at, bottom, _GRID) + _text(at, bottom + 16, _number(tick), anchor="middle"))
    return "".join(drawn) + _text(left + width / 2, bottom + 34, x.title, anchor="middle")


def _lines(picture: Lines) -> tuple[str, float]:
    width = WIDTH - _LEFT - _RIGHT
    top = 30 + _LINE * (len(picture.lines) + 1)
    bottom = top + HEIGHT

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + width * picture.x.place(x), bottom - HEIGHT * picture.y.place(y)

    drawn = []
    for place, line in enumerate(picture.lines):
        level = float(32 + _LINE * place)
        style = _DASHED if line.dashed else _INK
        drawn.append(_stroke(0, level, 32, level, style) + _text(40, level + 4, line.name))
    drawn.append(_text(0, top - 10, picture.y.title))
    drawn.append(_ticks(picture.x, _LEFT, width, top, bottom))
    for tick in picture.y.ticks:
        level = at(picture.x.low, tick)[1]
        drawn.append(_stroke(_LEFT, level, _LEFT + width, level, _ZERO if not tick else _GRID))
        drawn.append(_text(_LEFT - 6, level + 4, _number(tick), anchor="end"))
    for line in picture.lines:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line.points))
        drawn.append(f'<polyline points="{points}" style="{_DASHED if line.dashed else _INK}"/>')
    if picture.dot:
        x, y = at(*picture.dot)
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    return "".join(drawn), bottom + 40


def _bars(picture: Bars) -> tuple[str, float]:
    left, step, thick = 196, 27, 20
    width = WIDTH - left - _RIGHT
    top = 58
    bottom = top + step * len(picture.bars)
    drawn = [_ticks(picture.x, left, width, top - 4, bottom)]
    for place, (words, fill) in enumerate(zip(picture.parts, (GREY, "none"), strict=True)):
        drawn.append(_box(left + 80 * place, 28, 14, 14, fill) + _text(left + 80 * place + 20, 39, words))
    for place, (name, filled, hollow) in enumerate(picture.bars):
        level = top + step * place
        drawn.append(_text(left - 8, level + 14, name, anchor="end"))
        start = float(left)
        for share, fill in ((filled, GREY), (hollow, "none")):
            long = width * picture.x.place(share)
            if long:
                drawn.append(_box(start, level, long, thick, fill))
            start += long
    at = left + width * picture.x.place(picture.rule)
    drawn.append(_stroke(at, top - 8, at, bottom, _DASHED))
    return "".join(drawn), bottom + 40


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    style = f"fill:{fill};stroke:{GREY};stroke-width:1.5"
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" style="{style}"/>'
