"""What each simulator asks, says and draws. Pure: a scenario's result in; sentences, rows and a drawing out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from nhsreform.data.tables import table
from nhsreform.widgets.simulator.drawing import Axis, Bars, Line, Lines, axis
from nhsreform.widgets.simulator.scenarios import (
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
    picture: Callable[[Any], Lines | Bars]
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


# --- budget-risk -----------------------------------------------------------------------------------

_COSTS = ["fat-tailed costs: a few people cost very much", "normal costs"]


@lru_cache(maxsize=4)
def _curve(result: BudgetRisk) -> pd.DataFrame:
    """Return people, spread, normal and fat for every size there is to choose, and the chosen one."""
    sizes = sorted({int(size) for size in BUDGET_RISK.parameters()[0].stops} | {result.people})
    settings = (result.k, result.over, result.years, result.other)
    return pd.DataFrame(
        {
            "people": sizes,
            "spread": [spread(size, result.k, result.years, result.other) for size in sizes],
            "normal": overspend_normal(sizes, *settings),
            "fat": overspend_fat_tailed(sizes, *settings),
        }
    )


def _periods(result: BudgetRisk) -> str:
    return "years" if result.years == 1 else f"spells of {result.years} years"


def _budget_sentence(result: BudgetRisk) -> str:
    causes = "Luck alone" if not result.other else "Luck, and the spread you added for all that is not luck,"
    verb = "takes" if not result.other else "take"
    # Fewer than a hundred simulated years in which it happens do not tell one in how many.
    often = (
        f", about one in {float(f'{1 / result.fat:.2g}'):,.0f}" if 100 / result.simulated <= result.fat < 0.4 else ""
    )
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
    caption = f"Chance of overspending by more than {plain(result.over)}%, by size"
    return f"{caption}; {result.simulated:,} simulated {_periods(result)}, k = {plain(result.k)}", head, rows


def _budget_picture(result: BudgetRisk) -> Lines:
    curve = _curve(result)
    lines = tuple(
        Line(name, tuple(zip(curve.people, 100 * curve[column], strict=True)), dashed=column == "normal")
        for name, column in zip(_COSTS, ("fat", "normal"), strict=True)
    )
    top = max(curve.fat.max(), curve.normal.max())
    return Lines(
        f"Chance of more than {plain(result.over)}% over budget, by size",
        _budget_sentence(result),
        Axis("people the body pays for", 7_000, 901_000, (10_000, 30_000, 100_000, 300_000, 900_000), log=True),
        axis(f"chance, % of {_periods(result)}", 0, max(1, 100 * top)),
        lines,
        (result.people, 100 * result.fat),
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
            kind=row.source_kind,
            urls=(row.url,),
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
        f"Over {years} years the exit {verdict} {pounds(abs(result.net))} in all, if {plain(result.covered)}% of the work of empty posts is paid for otherwise. {gap} "
        f"An empty post {_payback(result)}."
    )


def _payback(result: StaffExit) -> str:
    if result.payback is None:
        return "never earns its payment back"
    return f"earns its payment back in {plain(result.payback)} months"


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
            ["Pay not paid while posts are empty, less what the work costs otherwise", pounds(result.saved)],
            ["Extra cost of those who come back", pounds(result.extra)],
            ["Saved less paid less extra", pounds(result.net)],
            ["An empty post", _payback(result)],
            [
                "Once the payment is kept, a returner must stay away at least",
                "longer than the years counted" if gap is None else f"{plain(gap)} months",
            ],
            ["How many may come back before it costs more than it saves", limit],
        ],
    )


def _staff_picture(result: StaffExit) -> Lines:
    months, gap = 12 * result.horizon, min(result.gap, 12 * result.horizon)
    back = result.paid_to_returners / (result.leavers * result.back / 100) if result.back else result.payment
    dearer = result.pay * result.dearer / 100 / 12
    spared = result.pay * (1 - result.covered / 100) / 12
    bend = spared * gap - back
    gone = ((0, -result.payment), (months, spared * months - result.payment))
    returned = ((0, -back), (gap, bend), (months, bend - dearer * (months - gap)))
    lines = tuple(
        Line(name, tuple((month, saved / 1000) for month, saved in points), dashed=name == _LEAVER[1])
        for name, points in zip(_LEAVER, (gone, returned), strict=True)
    )
    ends = [0, *(saved for line in lines for _, saved in line.points)]
    return Lines(
        "One leaver: saved so far, after the payment",
        _staff_sentence(result),
        Axis("months after leaving", 0, months, tuple(range(0, int(months) + 1, 6 if months <= 48 else 12))),
        axis("saved so far, \u00a3 thousand", min(ends), max(ends)),
        lines,
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
    lost, exact = result.lodged if result.counted else 0.0, round(result.exact, 2)
    return (
        "From cash to real terms",
        ["Step", "Percent of last year's allocation"],
        [
            ["Growth in cash", signed(result.cash)],
            ["Lodged and counted as lost", signed(-lost)],
            ["Rise of prices", signed(-result.deflator)],
            ["Real change, taking away", signed(result.change)],
            ["Real change, dividing (exact)", f"{'+' if exact > 0 else MINUS if exact < 0 else ''}{abs(exact):g}%"],
            ["With the lodged share kept", signed(result.if_not_counted)],
            ["With the lodged share lost", signed(result.if_counted)],
        ],
    )  # fmt: skip


def _real_picture(result: RealTerms) -> Lines:
    x = axis("rise of prices, %", 0, 5, tight=True)
    lines = tuple(
        Line(name, tuple((end, result.cash - lost - end) for end in (x.low, x.high)), dashed=bool(place))
        for place, (name, lost) in enumerate(zip(_COUNTS, (0, result.lodged), strict=True))
    )
    ends = [0, *(change for line in lines for _, change in line.points)]
    return Lines(
        f"Cash growth of {plain(result.cash)}% in real terms, by the deflator",
        _real_sentence(result),
        x,
        axis("real change, %", min(ends), max(ends)),
        lines,
        (result.deflator, result.change),
    )


# --- walk-away -------------------------------------------------------------------------------------


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


def _walk_picture(result: WalkAway) -> Bars:
    names = [*_groups(result), "All GPs"]
    shares, staying = [*result.shares, 100.0], [*result.staying, result.left]
    return Bars(
        f"Who is left if {plain(result.needed)}% must stay (dashed line)",
        _walk_sentence(result),
        axis("% of all GPs", 0, 100),
        ("stay", "leave"),
        tuple((name, stays, share - stays) for name, share, stays in zip(names, shares, staying, strict=True)),
        result.needed,
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
            lambda result: 100 * result.fat, _budget_sentence, _budget_rows, _budget_picture, _studies,
        ),
        Scene(
            STAFF_EXIT,
            "A manager leaves with a payment of \u00a318,180. The post cost \u00a332,000 a year. Later the same person "
            "comes back to it, 20% dearer. Half of its work is paid for while it is empty. How many months must that "
            "be for the body to be no worse off after two and a half years?",
            "months", "months", 0, 1200,
            lambda result: result.break_even_gap, _staff_sentence, _staff_rows, _staff_picture, STAFF_EXIT.presets,
        ),
        Scene(
            REAL_TERMS,
            "A trust gets 2.2% more cash. Prices rise by 1.9%, and it must lodge 2% of its money with the health "
            "authority above it. Count that as lost. By how many percent does its money change in real terms? Put a "
            "minus before a cut.",
            "percent", "points", -100, 100,
            lambda result: result.change, _real_sentence, _real_rows, _real_picture, REAL_TERMS.presets,
        ),
        Scene(
            WALK_AWAY,
            "A comment divides GPs: 10% enthusiasts, 20% involved pragmatists, 60% getting on with caring for the sick, "
            "10% opposed. Suppose that all the opposed leave, and that nobody in the first two groups does. What "
            "percentage of the 60% must leave as well before only half of all GPs are left?",
            "percent", "points", 0, 100,
            lambda result: result.breaking_point, _walk_sentence, _walk_rows, _walk_picture, WALK_AWAY.presets,
        ),
    )
}  # fmt: skip
