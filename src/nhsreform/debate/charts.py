"""Altair set up for offline notebooks, and the charts that more than one notebook draws.

Altair's default renderer fetches its JavaScript from the network. JupyterLab brings Vega-Lite 5 with it, so one
small renderer hands it the specification under that name. The output is interactive, small, the same on every
run, and carries the chart's sentence and numbers as text for readers who do not see the drawing.
"""

from __future__ import annotations

import re
from typing import Any

import altair as alt
import pandas as pd

from nhsreform.data.stances import POSITIONS, STANCES, stance
from nhsreform.data.tables import table
from nhsreform.notebooks.mime import CHART

LAB_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
MAX_ROWS = 60
WIDTH = 420
TEXT = "var(--jp-content-font-color0, #111)"
GRID = "var(--jp-border-color2, #c8c8c8)"


def _rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the chart's largest data set."""
    sets = list(spec.get("datasets", {}).values())
    data = spec.get("data")
    if isinstance(data, dict) and isinstance(data.get("values"), list):
        sets.append(data["values"])
    return max(sets, key=len, default=[])


def _sentence(spec: dict[str, Any]) -> str:
    title = spec.get("title")
    title = title.get("text") if isinstance(title, dict) else title
    if isinstance(title, list):
        title = " ".join(title)
    return str(spec.get("description") or title or "A chart.")


def _markdown(words: object) -> str:
    """Return words as they stand in a cell of a Markdown table, with nothing read as markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(str(words).split()))


def fallback(spec: dict[str, Any]) -> dict[str, str]:
    """Return a chart's sentence and numbers as text/markdown and text/plain; at most MAX_ROWS rows.

    Not as text/html: JupyterLab ranks that before the chart, and would show the table in its place.
    """
    sentence, rows = _sentence(spec), _rows(spec)
    columns = list(rows[0]) if rows else []
    shown = rows[:MAX_ROWS]
    left = f"{len(rows) - len(shown)} more rows." if len(rows) > len(shown) else ""
    cells = [["" if row.get(column) is None else str(row.get(column)) for column in columns] for row in shown]
    plain = [sentence, *(["\t".join(columns)] if columns else []), *("\t".join(row) for row in cells)]
    table = [columns, ["---"] * len(columns), *([_markdown(cell) for cell in row] for row in cells)] if columns else []
    markdown = [_markdown(sentence), "", *("| " + " | ".join(row) + " |" for row in table)]
    return {
        "text/markdown": "\n".join([*markdown, "", left] if left else markdown),
        "text/plain": "\n".join([*plain, left] if left else plain),
    }


def _lab(spec: dict[str, Any], **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Render for JupyterLab: the specification as Vega-Lite 5, with the fallback beside it."""
    bundle = {CHART: {**spec, "$schema": LAB_SCHEMA}, **fallback(spec)}
    return bundle, {CHART: {"embed_options": {"actions": False, "renderer": "svg"}}}


def _theme() -> alt.theme.ThemeConfig:
    """Text and axes in the notebook's own colours, so that light and dark both work."""
    words: Any = {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    return {
        "width": WIDTH,
        "background": "transparent",
        "config": {
            "view": {"stroke": None},
            "title": {
                "color": TEXT,
                "subtitleColor": TEXT,
                "fontSize": 14,
                "anchor": "start",
                "offset": 12,
                "subtitleFontSize": 12,
            },
            "axis": {**words, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID, "labelLimit": 220},
            "header": words,
            "legend": {**words, "symbolOpacity": 1},
            "text": {"color": TEXT, "fontSize": 12},
            "point": {"opacity": 1, "filled": True},
        },
    }


alt.renderers.register("lab", _lab)
alt.renderers.enable("lab")
alt.theme.register("nhsreform", enable=True)(_theme)

_NO_SIDE = "no side"
_COLUMNS = [*(token for _, token, _ in STANCES.values()), _NO_SIDE]
_SIDES = dict(zip(_COLUMNS, ("sceptic", "sceptic", "mixed", "enthusiast", "enthusiast", "none"), strict=True))
# What the two groups of questions ask; also the order in which they are drawn.
GROUPS = {"principle": "Is it right?", "practice": "Will it work, done like this?"}


def stance_counts(claims: pd.DataFrame, by: str = "speaker") -> pd.DataFrame:
    """Return how many claims each speaker, source or question has at each stance, principle and practice apart.

    Columns: group (what is asked: principle or practice, in words), `by` (as a name to show), stance (a sign, or
    "no side"), claims, meaning. Claims that take no side have a column of their own: they are not the middle.
    """
    numbers = stance(claims)
    signs = numbers.map({number: token for number, (_, token, _) in STANCES.items()}).fillna(_NO_SIDE)
    names = claims[by].map(_names(by)).rename(by)
    groups = claims.theme.map(table("themes").set_index("theme").group).map(GROUPS).rename("group")
    counted = pd.DataFrame({"group": groups, by: names, "stance": signs}).value_counts(sort=False)
    counted = counted.rename("claims").reset_index()
    meaning = {token: word for word, token, _ in STANCES.values()} | {_NO_SIDE: "takes no side"}
    counted["meaning"] = counted.stance.map(meaning)
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    places = {"group": list(GROUPS.values()).index, by: order.get, "stance": _COLUMNS.index}
    return counted.sort_values(list(places), key=lambda column: column.map(places[column.name])).reset_index(drop=True)


def _names(by: str) -> dict[str, str]:
    """Return id -> name to show, for a column of claims."""
    if by == "speaker":
        return table("actors").set_index("actor_id").name.to_dict()
    if by == "theme":
        return table("themes").set_index("theme").label.to_dict()
    if by == "source_id":
        return table("sources").set_index("source_id").short_title.to_dict()
    return {code: code for code in table("claims")[by].unique()}


def stance_chart(claims: pd.DataFrame, by: str = "speaker", title: str = "Where the claims stand") -> alt.VConcatChart:
    """Return a chart of how many claims each speaker (or source_id, theme, voice) has at each stance.

    Principle and practice are drawn apart, one above the other. Area shows the number, which is also printed. Sceptic is
    always left, enthusiast right, and claims that take no side stand apart.
    """
    counted = stance_counts(claims, by)
    asked = [group for group in GROUPS.values() if group in set(counted.group)]
    description = f"{title}: " + "; ".join(_told(counted[counted.group == group], group) for group in asked) + "."
    rows = list(dict.fromkeys(claims[by].map(_names(by))))
    base = alt.Chart().encode(
        x=alt.X(
            "stance:N",
            sort=_COLUMNS,
            scale=alt.Scale(domain=_COLUMNS),
            title="sceptic  ←   stance   →  enthusiast",
            axis=alt.Axis(labelAngle=0, orient="top", labelFontSize=14),
        ),
        y=alt.Y(f"{by}:N", sort=rows, title=None),
        tooltip=[alt.Tooltip(f"{by}:N"), alt.Tooltip("meaning:N", title="stance"), alt.Tooltip("claims:Q")],
    )
    colours = [colour for _, _, colour in STANCES.values()]
    dots = base.mark_circle(opacity=1).encode(
        size=alt.Size(
            "claims:Q", scale=alt.Scale(domain=[0, max(counted.claims, default=1)], range=[0, 900]), legend=None
        ),
        color=alt.Color("stance:N", scale=alt.Scale(domain=_COLUMNS, range=[*colours, "transparent"]), legend=None),
        stroke=alt.condition(alt.datum.stance == _NO_SIDE, alt.value(STANCES[0][2]), alt.value(None)),
    )
    numbers = base.mark_text(dx=20, align="left").encode(text="claims:Q")
    # Each group has rows of its own: one scale for both would leave empty rows, and a facet of layers warns.
    parts = [
        alt.layer(dots, numbers)
        .transform_filter(alt.datum.group == group)
        .properties(title=group, width=WIDTH, height=alt.Step(34))
        for group in asked
    ]
    return alt.vconcat(*parts, data=counted).properties(title=title, description=description)


def _told(counted: pd.DataFrame, group: str) -> str:
    """Return how many claims of a group stand where, as a phrase."""
    sides = counted.groupby(counted.stance.map(_SIDES)).claims.sum()
    said = {side: int(sides.get(side, 0)) for side in POSITIONS}
    return (
        f"{group} {said['sceptic']} sceptic, {said['mixed']} mixed, {said['enthusiast']} enthusiast, "
        f"{said['none']} take no side"
    )


def poll_series() -> pd.DataFrame:
    """Return the answers that were asked for more than once, oldest first within each body that asked.

    Columns: commissioned_by, series (a few words; new words where the question changed), started (a day), percent,
    item, of_whom, run_by, place (of its words in the chart: first or last of its series, or alone above or below half).
    """
    columns = ["commissioned_by", "series", "started", "percent", "item", "of_whom", "run_by"]
    followed = table("polls").query("series != ''")[columns]
    bodies = list(dict.fromkeys(followed.commissioned_by))
    followed = followed.sort_values(
        ["commissioned_by", "started", "percent"],
        key=lambda column: column.map(bodies.index) if column.name == "commissioned_by" else column,
    ).reset_index(drop=True)
    first, last = (~followed.duplicated(["commissioned_by", "series"], keep=keep) for keep in ("first", "last"))
    followed["place"] = last.map({True: "last", False: "first"})
    followed.loc[first & last, "place"] = (followed.percent > 50).map({True: "above", False: "below"})
    followed["started"] = followed.started.dt.strftime("%Y-%m-%d")
    return followed


# Where the words of a point stand: those before another point to its left, the last to its right, others over or under it.
POLL_WORDS = (("first", -8, 0), ("last", 8, 0), ("above", 0, -11), ("below", 0, 11))


def _poll_words(base: alt.Chart, place: str, dx: int, dy: int) -> alt.Chart:
    words = alt.datum.percent + ("" if place == "first" else "  " + alt.datum.series)
    chosen = base.transform_filter(alt.datum.place == place).transform_calculate(words=words)
    return chosen.mark_text(dx=dx, dy=dy, align="right" if dx < 0 else "left").encode(text="words:N")


def poll_chart(title: str = "Polls that were repeated") -> alt.VConcatChart:
    """Return one chart of all repeated polls: a panel for each body, a line only where question and base are the same."""
    followed = poll_series()
    description = f"{title}: " + "; ".join(
        f"{body}, {series}: " + ", then ".join(f"{row.percent:g}% ({row.started[:4]})" for row in rows.itertuples())
        for (body, series), rows in followed.groupby(["commissioned_by", "series"], sort=False)
    )
    base = alt.Chart().encode(
        x=alt.X(
            "started:T", title=None, scale=alt.Scale(domain=["2010-07-01", "2018-12-31"]), axis=alt.Axis(format="%Y")
        ),
        y=alt.Y("percent:Q", title="percent", scale=alt.Scale(domain=[0, 100])),
        detail="series:N",
        tooltip=["series:N", "percent:Q", "item:N", "of_whom:N", "run_by:N", "started:T"],
    )
    colour = alt.value(STANCES[0][2])
    parts = []
    for body, rows in followed.groupby("commissioned_by", sort=False):
        drawn = alt.layer(
            base.mark_line().encode(color=colour),
            base.mark_point(size=50).encode(color=colour),
            *(_poll_words(base, place, dx, dy) for place, dx, dy in POLL_WORDS),
        )
        height = max(100, 62 * rows.series.nunique())
        drawn = drawn.transform_filter(alt.datum.commissioned_by == body)
        parts.append(drawn.properties(title=body, width=WIDTH, height=height))
    return alt.vconcat(*parts, data=followed).properties(title=title, description=f"{description}.")
