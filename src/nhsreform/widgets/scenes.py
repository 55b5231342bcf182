"""What each simulator asks, says and draws. Pure: a scenario's result in; sentences, rows and a chart out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from nhsreform.charts import TEXT, alt
from nhsreform.scenarios import (
    BUDGET_RISK,
    REAL_TERMS,
    SEGMENTS,
    STAFF_EXIT,
    WALK_AWAY,
    BudgetRisk,
    Preset,
    RealTerms,
    Scenario,
    StaffExit,
    WalkAway,
    overspend_fat_tailed,
    overspend_normal,
    spread,
)
from nhsreform.tables import table

# What is left of a page of 620 pixels beside the notebook's margins.
WIDTH, NARROW = 350, 200
# A grey that keeps 3:1 on white and on #111; dashes and words tell lines apart, never colour alone.
GREY = "#7d7d7d"
MINUS = "\u2212"

Rows = tuple[str, Sequence[str], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Scene:
    """One simulator: its scenario, the question to guess first, and how a result is shown."""

    scenario: Scenario
    question: str
    unit: str  # of the guess
    apart: str  # of the distance between guess and answer
    low: float
    high: float
    answer: Callable[[Any], float]
    sentence: Callable[[Any], str]
    rows: Callable[[Any], Rows]
    chart: Callable[[Any], alt.LayerChart]
    presets: Callable[[], Sequence[Preset]]


# --- words for numbers -----------------------------------------------------------------------------


def chance(share: float) -> str:
    """Return a chance of 0 to 1 in percent, with the digits that a simulation of 100,000 years bears."""
    percent = 100 * share
    if percent < 0.01:
        return "less than 0.01%"
    return f"{percent:.2f}%" if percent < 0.995 else f"{percent:.1f}%" if percent < 9.95 else f"{percent:.0f}%"


def signed(percent: float) -> str:
    """Return a change in percent with its sign: +0.3%, -2.5% with a true minus, 0%."""
    rounded = round(percent, 1) + 0.0
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):g}%"


def pounds(amount: float) -> str:
    """Return a sum in pounds; from one million on in millions, with three digits."""
    sign, size = MINUS if round(amount) < 0 else "", abs(amount)
    if size < 999_500:
        return f"{sign}\u00a3{size:,.0f}"
    millions = size / 1e6
    digits = 0 if millions >= 99.95 else 1 if millions >= 9.995 else 2
    return f"{sign}\u00a3{round(millions, digits):,.10g}\u00a0million"


def plain(number: float) -> str:
    """Return a number with at most one decimal."""
    return f"{round(number, 1) + 0.0:,g}" if abs(number) < 1e5 else f"{number:,.0f}"


# --- charts ----------------------------------------------------------------------------------------
#
# Every channel is an object, never a string: Altair takes 13 ms to read one that is a string, and a slider redraws
# its chart at every step.


def _lines(
    rows: list[dict[str, Any]], kinds: list[str], x: alt.X, y: alt.Y, kind: str, tooltip: list[Any]
) -> alt.Chart:
    """Return two lines told apart by dashes and width, named in a legend above."""
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(color=TEXT, opacity=1)
        .encode(
            x=x,
            y=y,
            strokeDash=alt.StrokeDash(
                f"{kind}:N",
                sort=kinds,
                scale=alt.Scale(domain=kinds, range=[[1, 0], [6, 4]]),
                legend=alt.Legend(
                    orient="top", title=None, symbolStrokeColor=TEXT, symbolSize=900, labelLimit=320, columns=1
                ),
            ),
            tooltip=tooltip,
        )
    )


def _here(x: float, y: float, words: str) -> alt.LayerChart:
    """Return a dot at the settings chosen, with what it stands for."""
    point = pd.DataFrame([{"x": x, "y": y, "words": words}])
    base = alt.Chart(point).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), tooltip=alt.Tooltip("words:N"))
    return base.mark_point(size=130, filled=True, color=TEXT, opacity=1)


def _zero() -> alt.Chart:
    return alt.Chart(pd.DataFrame([{"y": 0}])).mark_rule(color=GREY, strokeWidth=2).encode(y=alt.Y("y:Q"))


# --- budget-risk -----------------------------------------------------------------------------------

_COSTS = ["fat-tailed costs: a few people cost very much", "normal costs"]


@lru_cache(maxsize=4)
def _curve(result: BudgetRisk) -> pd.DataFrame:
    """Return people, spread, normal and fat for every size there is to choose, and the chosen one."""
    sizes = sorted({int(size) for size in BUDGET_RISK.parameters()[0].stops} | {result.people})
    given = (result.k, result.over, result.years, result.other)
    return pd.DataFrame(
        {
            "people": sizes,
            "spread": [spread(size, result.k, result.years, result.other) for size in sizes],
            "normal": overspend_normal(sizes, *given),
            "fat": overspend_fat_tailed(sizes, *given),
        }
    )


def _periods(result: BudgetRisk) -> str:
    return "years" if result.years == 1 else f"spells of {result.years} years"


def _budget_sentence(result: BudgetRisk) -> str:
    causes = "Luck alone" if not result.other else "Luck, and the spread you added for all that is not luck,"
    verb = "takes" if not result.other else "take"
    often = f", about one in {1 / result.fat:,.0f}" if 0.0001 <= result.fat < 0.4 else ""
    return (
        f"{causes} {verb} a body of {result.people:,} people more than {plain(result.over)}% over its budget in "
        f"{chance(result.fat)} of {_periods(result)}{often}; with normal costs it would be {chance(result.normal)}. "
        f"The spread is {result.sd:.1f}% of the budget."
    )


def _budget_rows(result: BudgetRisk) -> Rows:
    head = ["People", "Spread, % of budget", "Chance, fat-tailed costs", "Chance, normal costs"]
    rows = [
        [f"{int(row.people):,}" + (" (yours)" if row.people == result.people else ""), f"{row.spread:.1f}",
         chance(row.fat), chance(row.normal)]
        for row in _curve(result).itertuples()
    ]  # fmt: skip
    told = f"Chance of overspending by more than {plain(result.over)}%, by size"
    return f"{told}; {result.simulated:,} simulated {_periods(result)}, k = {plain(result.k)}", head, rows


def _budget_chart(result: BudgetRisk) -> alt.LayerChart:
    curve = _curve(result)
    rows = [
        {"people": int(row.people), "chance": round(100 * share, 2), "costs": costs}
        for row in curve.itertuples()
        for costs, share in zip(_COSTS, (row.fat, row.normal), strict=True)
    ]
    x = alt.X("people:Q", title="people the body pays for",
              scale=alt.Scale(type="log", domain=[7_000, 901_000], nice=False),
              axis=alt.Axis(values=[10_000, 30_000, 100_000, 300_000, 900_000], format=",", grid=False))  # fmt: skip
    y = alt.Y("chance:Q", title=f"chance, % of {_periods(result)}", scale=alt.Scale(domainMin=0))
    lines = _lines(
        rows,
        _COSTS,
        x,
        y,
        "costs",
        [alt.Tooltip("costs:N"), alt.Tooltip("people:Q", format=","), alt.Tooltip("chance:Q")],
    )
    dot = _here(result.people, round(100 * result.fat, 2), f"{result.people:,} people: {chance(result.fat)}")
    return (lines + dot).properties(
        title=f"Chance of more than {plain(result.over)}% over budget, by size",
        description=_budget_sentence(result),
        width=WIDTH,
        height=220,
    )


def _studies() -> list[Preset]:
    """Return a preset for every study of the table that gives a k."""
    rows = table("risk_studies").dropna(subset=["people", "k"])
    return [
        Preset(
            f"k = {row.k:g}: {row.study} ({row.budget} budget, {int(row.people):,} people)",
            {"k": float(row.k)},
            f"{row.citation}. {row.setting}. {row.note}",
            row.mark,
        )
        for row in rows.sort_values(["k", "people"]).itertuples()
    ]


# --- staff-exit ------------------------------------------------------------------------------------

_LEAVER = ["never comes back", "comes back"]


def _staff_sentence(result: StaffExit) -> str:
    years = plain(result.horizon)
    verdict = "saves" if result.net >= 0 else "costs"
    gap = (
        f"A person who comes back must have stayed away {plain(result.break_even_gap)} months for the two to be equal."
        if result.break_even_gap is not None
        else "A person who comes back costs more than is saved, however long the time away."
    )
    return (
        f"Over {years} years the exit {verdict} {pounds(abs(result.net))} in all, if nobody else does the work. {gap} "
        f"An empty post earns its payment back in {plain(result.payback)} months."
    )


def _staff_rows(result: StaffExit) -> Rows:
    share = result.break_even_back
    limit = (
        "none: it costs more even if nobody does" if share is None
        else "all of them" if share >= 100 else f"{plain(share)}% of the leavers"
    )  # fmt: skip
    gap = result.break_even_gap
    returners = result.leavers * result.back / 100
    return (
        f"Money over {plain(result.horizon)} years",
        ["What", "How much"],
        [
            ["Payments to leavers", pounds(result.paid)],
            [f"of which to the {returners:,.0f} who come back", pounds(result.paid_to_returners)],
            ["Pay not paid while posts are empty", pounds(result.saved)],
            ["Extra cost of those who come back", pounds(result.extra)],
            ["Saved less paid less extra", pounds(result.net)],
            ["An empty post earns the payment back in", f"{plain(result.payback)} months"],
            [
                "A returner must stay away at least",
                "longer than the years counted" if gap is None else f"{plain(gap)} months",
            ],
            ["How many may come back before it costs more than it saves", limit],
        ],
    )


def _staff_chart(result: StaffExit) -> alt.LayerChart:
    months, gap = 12 * result.horizon, min(result.gap, 12 * result.horizon)
    back = result.paid_to_returners / (result.leavers * result.back / 100) if result.back else result.payment
    dearer = result.pay * result.dearer / 100 / 12
    ends = [(0, _LEAVER[0], -result.payment), (months, _LEAVER[0], result.pay * months / 12 - result.payment)]
    bend = result.pay * gap / 12 - back
    ends += [(0, _LEAVER[1], -back), (gap, _LEAVER[1], bend), (months, _LEAVER[1], bend - dearer * (months - gap))]
    rows = [{"month": month, "leaver": leaver, "balance": round(balance / 1000, 2)} for month, leaver, balance in ends]
    x = alt.X("month:Q", title="months after leaving", scale=alt.Scale(domain=[0, months], nice=False))
    y = alt.Y("balance:Q", title="saved so far, £ thousand")
    tooltip = [alt.Tooltip("leaver:N"), alt.Tooltip("month:Q", format=".0f"), alt.Tooltip("balance:Q", format=",.1f")]
    return (_zero() + _lines(rows, _LEAVER, x, y, "leaver", tooltip)).properties(
        title="One leaver: saved so far, after the payment",
        description=_staff_sentence(result),
        width=WIDTH,
        height=220,
    )


# --- real-terms ------------------------------------------------------------------------------------

_COUNTS = ["lodged share counted as kept", "lodged share counted as lost"]


def _real_sentence(result: RealTerms) -> str:
    def named(change: float) -> str:
        word = "growth" if round(change, 1) > 0 else "a cut" if round(change, 1) < 0 else "no change"
        return f"{signed(change)}, {word}"

    way, other = ("lost", "kept") if result.counted else ("kept", "lost")
    change, rest = (
        (result.if_counted, result.if_not_counted) if result.counted else (result.if_not_counted, result.if_counted)
    )
    return (
        f"With {signed(result.cash)} in cash, prices at {signed(result.deflator)} and the lodged "
        f"{plain(result.lodged)}% counted as {way}, the change in real terms is {named(change)}; counted as {other} it "
        f"is {named(rest)}. It would be 0 if prices rose by {plain(result.break_even)}%."
    )


def _real_rows(result: RealTerms) -> Rows:
    lost = result.lodged if result.counted else 0.0
    return (
        "From cash to real terms",
        ["Step", "Percent of last year's allocation"],
        [
            ["Growth in cash", signed(result.cash)],
            ["Lodged and counted as lost", signed(-lost)],
            ["Rise of prices", signed(-result.deflator)],
            ["Real change, taking away", signed(result.change)],
            ["Real change, dividing (exact)", f"{signed(round(result.exact, 2))[0] if round(result.exact, 2) else ''}"
             f"{abs(round(result.exact, 2)):g}%"],
            ["With the lodged share kept", signed(result.if_not_counted)],
            ["With the lodged share lost", signed(result.if_counted)],
        ],
    )  # fmt: skip


def _real_chart(result: RealTerms) -> alt.LayerChart:
    ends = (0, 5)
    rows = [
        {"deflator": end, "change": round(result.cash - lost - end, 2), "counted": counted}
        for counted, lost in zip(_COUNTS, (0, result.lodged), strict=True)
        for end in ends
    ]
    x = alt.X("deflator:Q", title="rise of prices, %", scale=alt.Scale(domain=list(ends)))
    y = alt.Y("change:Q", title="real change, %")
    lines = _lines(
        rows, _COUNTS, x, y, "counted", [alt.Tooltip("counted:N"), alt.Tooltip("deflator:Q"), alt.Tooltip("change:Q")]
    )
    dot = _here(result.deflator, result.change, f"yours: {signed(result.change)}")
    title = f"Cash growth of {plain(result.cash)}% in real terms, by the deflator"
    return (_zero() + lines + dot).properties(title=title, description=_real_sentence(result), width=WIDTH, height=220)


# --- walk-away -------------------------------------------------------------------------------------

_PARTS = ["stay", "leave"]


def _groups(result: WalkAway) -> list[str]:
    names = {each.name: each.label for each in WALK_AWAY.parameters()}
    return [names[name] for name in SEGMENTS]


def _walk_sentence(result: WalkAway) -> str:
    enough = "enough" if result.spare >= 0 else "too few"
    largest = max(result.shares)
    name = _groups(result)[result.shares.index(largest)]
    point = (
        f"With the other groups as set, the line is crossed when {plain(result.breaking_point)}% of the largest group "
        f"({name.lower()}, {plain(largest)}%) leave."
        if result.breaking_point is not None
        else "With the other groups as set, the largest group alone cannot decide it."
    )
    return (
        f"In this thought experiment {plain(result.left)}% of GPs are left, {enough} if {plain(result.needed)}% must "
        f"stay. {point}"
    )


def _walk_rows(result: WalkAway) -> Rows:
    rows = [
        [name, f"{plain(share)}%", f"{plain(gone)}%", f"{plain(stays)}%"]
        for name, share, gone, stays in zip(_groups(result), result.shares, result.leaving, result.staying, strict=True)
    ]
    return (
        "Who is left",
        ["Group", "Share of GPs", "of them leave", "Left, of all GPs"],
        [*rows, ["All GPs", "100%", f"{plain(100 - result.left)}%", f"{plain(result.left)}%"]],
    )


def _walk_chart(result: WalkAway) -> alt.LayerChart:
    names = [*_groups(result), "All GPs"]
    shares, staying = [*result.shares, 100], [*result.staying, result.left]
    rows = [
        {"group": name, "part": part, "percent": round(percent, 2)}
        for name, share, stays in zip(names, shares, staying, strict=True)
        for part, percent in zip(_PARTS, (stays, share - stays), strict=True)
    ]
    bars = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(stroke=GREY, strokeWidth=1.5, opacity=1)
        .encode(
            x=alt.X("percent:Q", title="% of all GPs", scale=alt.Scale(domain=[0, 100])),
            y=alt.Y("group:N", sort=names, title=None),
            order=alt.Order("part:N", sort="descending"),
            fill=alt.Fill(
                "part:N",
                scale=alt.Scale(domain=_PARTS, range=[GREY, "transparent"]),
                legend=alt.Legend(orient="top", title=None, symbolStrokeColor=GREY),
            ),
            tooltip=[alt.Tooltip("group:N"), alt.Tooltip("part:N"), alt.Tooltip("percent:Q")],
        )
    )
    rule = (
        alt.Chart(pd.DataFrame([{"needed": result.needed, "words": f"{plain(result.needed)}% must stay"}]))
        .mark_rule(color=TEXT, strokeWidth=2, strokeDash=[6, 4])
        .encode(x=alt.X("needed:Q"), tooltip=alt.Tooltip("words:N"))
    )
    return (bars + rule).properties(
        title=f"Who is left if {plain(result.needed)}% must stay (dashed line)",
        description=_walk_sentence(result),
        width=NARROW,
        height=alt.Step(30),
    )


# --- the four --------------------------------------------------------------------------------------

SCENES: dict[str, Scene] = {
    each.scenario.name: each
    for each in (
        Scene(
            BUDGET_RISK,
            "A body pays for the care of 100,000 people, and its budget is exactly right on average. In how many years "
            "out of 100 does it overspend by more than 2%, by luck alone?",
            "years out of 100", "years out of 100", 0, 100,
            lambda result: 100 * result.fat, _budget_sentence, _budget_rows, _budget_chart, _studies,
        ),
        Scene(
            STAFF_EXIT,
            "A manager leaves with a payment of \u00a318,180. The post cost \u00a332,000 a year. Later the same person "
            "comes back to it, 20% dearer. How many months must the post have stood empty for the body to be no worse "
            "off after three years?",
            "months", "months", 0, 1200,
            lambda result: result.break_even_gap, _staff_sentence, _staff_rows, _staff_chart, STAFF_EXIT.presets,
        ),
        Scene(
            REAL_TERMS,
            "A trust gets 2.2% more cash. Prices rise by 1.9%, and it must lodge 2% of its money with the health "
            "authority above it. Count that as lost. By how many percent does its money change in real terms? Put a "
            "minus before a cut.",
            "percent", "points", -100, 100,
            lambda result: result.change, _real_sentence, _real_rows, _real_chart, REAL_TERMS.presets,
        ),
        Scene(
            WALK_AWAY,
            "A comment divides GPs: 10% enthusiasts, 20% involved pragmatists, 60% getting on with caring for the sick, "
            "10% opposed. Suppose that all the opposed leave, and that nobody in the first two groups does. What "
            "percentage of the 60% must leave as well before only half of all GPs are left?",
            "percent", "points", 0, 100,
            lambda result: result.breaking_point, _walk_sentence, _walk_rows, _walk_chart, WALK_AWAY.presets,
        ),
    )
}  # fmt: skip
