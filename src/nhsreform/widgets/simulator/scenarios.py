"""Four small models a learner can argue with. Pure: numbers in, numbers out; no table is read here.

`budget_risk`, `staff_exit`, `real_terms` and `walk_away` each take plain numbers and return a small record.
`SCENARIOS` describes all four: the numbers that go in, where each comes from or that it is your own assumption,
settings to start from, and what the result leaves out.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from numbers import Integral, Real
from statistics import NormalDist
from typing import Any

import numpy as np

from nhsreform.errors import PackError, nearest

YOURS = "your assumption"
SIMULATED_YEARS = 100_000
SEED = 2010

_NORMAL = NormalDist()


# --- what a scenario is ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    """One number that goes into a scenario.

    It names its source and mark (V: seen, P: seen in part, D: derived), or is the learner's own assumption.

    Fields:
        name: the argument's name.
        label: what it is, in words.
        unit: its unit; "yes or no" for a switch.
        low, high, step: the range to choose from and the distance between two choices, in `unit`.
        default: the value it opens with, in `unit`.
        source: where the default was seen, or `YOURS`.
        mark: V, P or D; empty for an assumption.
        url: the address the source was seen at; empty where there is none.
        stops: the values to choose from where they are not evenly spaced; else empty.
        fixed: whether the scenario's point rests on it, so that it is shown but not moved.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    default: float
    source: str = YOURS
    mark: str = ""
    url: str = ""
    stops: tuple[float, ...] = ()
    fixed: bool = False

    def __post_init__(self) -> None:
        if (self.source == YOURS) != (self.mark == "") or self.mark not in ("", "V", "P", "D"):
            raise ValueError(f"{self.name}: give a source with its mark, or neither")

    @property
    def basis(self) -> str:
        """Where the default comes from: the source with its mark, or that it is your assumption."""
        return f"{self.source} [{self.mark}]" if self.mark else YOURS

    @property
    def switch(self) -> bool:
        """Whether it is a yes or a no."""
        return self.unit == "yes or no"


@dataclass(frozen=True)
class Preset:
    """Settings to start from: some or all parameters of a scenario, by name, with where they come from.

    `later` is true when they were known only after the five texts.
    """

    label: str
    values: dict[str, float]
    source: str = YOURS
    mark: str = ""
    later: bool = False

    @property
    def basis(self) -> str:
        """The source with its mark, or that it is your assumption."""
        return f"{self.source} [{self.mark}]" if self.mark else YOURS


@dataclass(frozen=True)
class Scenario:
    """A model with its numbers, where they come from, and what it leaves out.

    `later` holds sentences that tell what came after the five texts.
    """

    name: str
    title: str
    run: Callable[..., Any]
    takes: tuple[Parameter, ...]
    starts: tuple[Preset, ...]
    leaves_out: tuple[str, ...]
    later: tuple[str, ...] = ()

    def parameters(self) -> tuple[Parameter, ...]:
        """Return the numbers that go in."""
        return self.takes

    def presets(self) -> tuple[Preset, ...]:
        """Return settings to start from."""
        return self.starts

    def limits(self, hindsight: bool = True) -> tuple[str, ...]:
        """Return what the result leaves out, as sentences to print beside it; without hindsight, none from later."""
        return self.leaves_out + (self.later if hindsight else ())

    def defaults(self) -> dict[str, float]:
        """Return the opening settings: {name: value}."""
        return {each.name: each.default for each in self.takes}


def scenario(name: str) -> Scenario:
    """Return a scenario: budget-risk, staff-exit, real-terms or walk-away.

    Raises PackError for an unknown name and lists the nearest.
    """
    if name not in SCENARIOS:
        raise PackError(f"There is no simulator called {name!r}. {nearest(name, list(SCENARIOS))}")
    return SCENARIOS[name]


def _number(value: object, name: str, low: float, high: float, unit: str) -> float:
    """Return `value` as a float. Raises PackError for what is not a number between `low` and `high`."""
    wanted = f"Give {unit} between {low:,} and {high:,}, in digits alone."
    if isinstance(value, bool) or not isinstance(value, Real) or value != value:
        raise PackError(f"{name} is {reprlib.repr(value)}, which is not a number. {wanted}")
    if not low <= value <= high:
        raise PackError(f"{name} is {reprlib.repr(value)}, which is out of range. {wanted}")
    return float(value)


def _whole(value: object, name: str, low: int, high: int, unit: str) -> int:
    """Return `value` as an int. Raises PackError for what is not a whole number between `low` and `high`."""
    number = _number(value, name, low, high, unit)
    if not number.is_integer():
        raise PackError(f"{name} is {value}, which is not a whole number. Give {unit} between {low:,} and {high:,}.")
    return int(number)


def _switch(value: object, name: str) -> bool:
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    raise PackError(f"{name} is {reprlib.repr(value)}. Give True or False.")


# --- budget-risk -----------------------------------------------------------------------------------
#
# One person's yearly cost has mean 1 (the budget per head) and standard deviation k. Luck alone then spreads a
# body's spending by k / sqrt(people), whatever the shape of the costs. The chance of going far over depends on the
# shape, and two are set side by side.
#
# Normal: what the central limit theorem says of a very large body. It has a closed form.
#
# Fat-tailed: one person's cost is lognormal, many small and a few very large. k is the only number it needs, so no
# tail is fitted to any result. The sum of many lognormals has no closed form, so years are simulated: the dear
# cases, DEAR of them expected in a year whatever the size of the body, are drawn one by one (a compound Poisson),
# and the rest, which is nearly normal once they are taken out, is drawn as one normal number. The first two moments
# are exact. Drawing every single person instead gives the same chances within simulation error (tests).

DEAR = 4
_FINE, _REACH = 256, 30  # a dear case's size is read from a table: steps to the unit of log chance, and its length


@dataclass(frozen=True)
class BudgetRisk:
    """The chance that a body overspends by luck alone.

    Fields:
        people, k, over, years, other: what went in, as `budget_risk` takes it.
        sd: standard deviation of spending, percent of the budget of those years.
        normal: chance of overspending by more than `over` percent, 0 to 1, with normal costs.
        fat: the same with lognormal costs, from `simulated` years.
        margin: half the width of the 95% interval of `fat`, 0 to 1: what the simulation leaves open.
        bad_year: overspend, in percent, passed in one simulated year out of 20.
        simulated: number of simulated years.
    """

    people: int
    k: float
    over: float
    years: int
    other: float
    sd: float
    normal: float
    fat: float
    margin: float
    bad_year: float
    simulated: int


def _people(value: object) -> int:
    return _whole(value, "people", 1_000, 100_000_000, "a number of people")


def _k(value: object) -> float:
    return _number(value, "k", 0.1, 30, "a spread per head")


def _over(value: object) -> float:
    return _number(value, "over", 0, 100, "an overspend in percent")


def _years(value: object) -> int:
    return _whole(value, "years", 1, 20, "years")


def _other(value: object) -> float:
    return _number(value, "other", 0, 50, "a spread in percent")


def _simulated(value: object) -> int:
    return _whole(value, "simulated", 1, 1_000_000, "years")


def _seed(value: object) -> int:
    return _whole(value, "seed", 0, 2**32, "a whole number")


def _chunk(value: object) -> int:
    return _whole(value, "chunk", 1, 1_000_000, "years")


def spread(people: int, k: float, years: int = 1, other: float = 0) -> float:
    """Return the standard deviation of spending, in percent of the budget: sqrt(k^2 / (people x years) + other^2).

    `other` is the spread from everything that is not luck, in percent. It shrinks neither with people nor with years.

    Raises PackError for a number out of range.
    """
    luck = 100 * _k(k) / math.sqrt(_people(people) * _years(years))
    return math.hypot(luck, _other(other))


def overspend_normal(people: Sequence[int], k: float, over: float, years: int = 1, other: float = 0) -> np.ndarray:
    """Return the chance of overspending by more than `over` percent, by the normal approximation.

    One chance, 0 to 1, for each of `people`. Raises PackError for a number out of range.
    """
    limit = _over(over)
    return np.array([1 - _NORMAL.cdf(limit / spread(n, k, years, other)) for n in people])


def overspend_fat_tailed(
    people: Sequence[int], k: float, over: float, years: int = 1, other: float = 0, *,
    simulated: int = SIMULATED_YEARS, seed: int = SEED, chunk: int = SIMULATED_YEARS,
) -> np.ndarray:  # fmt: skip
    """Return the chance of overspending by more than `over` percent when one person's cost is lognormal.

    One chance, 0 to 1, for each of `people`: the share of `simulated` years. All sizes live through the same
    simulated years, so that a difference between two sizes is the size's own. The same `seed` gives the same
    chances; `chunk`, how many years are worked on at a time, changes nothing but the memory used.

    Raises PackError for a number out of range.
    """
    sizes, limit = [_people(n) for n in people], _over(over)
    total, seed, chunk = _simulated(simulated), _seed(seed), _chunk(chunk)
    overspent = []
    for n in sizes:
        count = 0
        for start in range(0, total, chunk):
            spent, constant = _spending(n, k, years, other, total, seed, start, min(start + chunk, total))
            count += np.count_nonzero(spent > 1 - constant + limit / 100)
        overspent.append(count)
    return np.array(overspent) / total


def budget_risk(
    people: int = 100_000, k: float = 3.6, over: float = 2, years: int = 1, other: float = 0, *,
    simulated: int = SIMULATED_YEARS, seed: int = SEED,
) -> BudgetRisk:  # fmt: skip
    """Return the chance that a body overspends its budget by luck alone.

    Takes:
        people: people the body pays for, 1,000 to 100,000,000.
        k: standard deviation of one person's yearly cost, as a multiple of the mean.
        over: percent of the budget; the chance is that of overspending by more.
        years: years over which the body may balance its books. Luck starts afresh each year, so that
            10,000 people over three years are as good as 30,000 over one.
        other: percent of the budget; the spread from everything that is not luck.
        simulated: how many years to simulate, up to 1,000,000.
        seed: the same seed gives the same result.

    Raises PackError for a number out of range.
    """
    people, limit, total = _people(people), _over(over), _simulated(simulated)
    spent, constant = _spending(people, k, years, other, total, _seed(seed), 0, total)
    fat = int(np.count_nonzero(spent > 1 - constant + limit / 100)) / total
    return BudgetRisk(
        people, float(k), limit, int(years), float(other),
        sd=spread(people, k, years, other),
        normal=float(overspend_normal([people], k, over, years, other)[0]),
        fat=fat,
        # Where it happened in no year, or in every one: the rule of three.
        margin=1.96 * math.sqrt(fat * (1 - fat) / total) if 0 < fat < 1 else 3 / total,
        bad_year=100 * (float(np.quantile(spent, 0.95)) + constant - 1),
        simulated=total,
    )  # fmt: skip


@dataclass(frozen=True)
class _Years:
    """Simulated years before they know how large the body is.

    They are in order of their number of dear cases, most first (which year comes first is of no account), so that
    the j-th case of every year that has one is a run of neighbours: adding them up is a few long additions.
    """

    sizes: np.ndarray  # one per dear case, its place in the table of sizes: all first cases, then all second, ...
    runs: tuple[int, ...]  # how many years have a first case, a second, ...
    luck: np.ndarray  # one per year: the normal number for all other costs


@lru_cache(maxsize=2)
def _draw(total: int, seed: int) -> _Years:
    """Return `total` simulated years. Kept: a slider that moves reuses them."""
    cases, sizes, luck = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(3))
    poisson = np.array([math.exp(-DEAR) * DEAR**j / math.factorial(j) for j in range(40)])
    runs = total - np.cumsum(cases.multinomial(total, poisson / poisson.sum()))
    runs = runs[runs > 0]
    places = sizes.standard_exponential(runs.sum()) * _FINE
    places = np.minimum(places, _FINE * _REACH - 1).astype(np.intp)
    return _Years(places, tuple(runs.tolist()), luck.standard_normal(total))


@lru_cache(maxsize=2)
def _draw_elsewhere(total: int, seed: int) -> np.ndarray:
    """Return one normal number per simulated year, for what is not luck."""
    return np.random.default_rng(np.random.SeedSequence(seed).spawn(4)[3]).standard_normal(total)


@cache
def _tail() -> tuple[np.ndarray, np.ndarray]:
    """Return log chances and the normal scores passed with those chances."""
    logs = np.arange(-60, 0, 1 / 128)
    return logs, np.array([-_NORMAL.inv_cdf(math.exp(each)) for each in logs])


def _spending(
    people: int, k: float, years: int, other: float, simulated: int, seed: int, start: int, stop: int
) -> tuple[np.ndarray, float]:
    """Return what simulated years start to stop spent, as a share of the budget but for a constant; and the constant."""
    drawn, many = _draw(simulated, seed), stop - start
    heads = _people(people) * _years(years)
    k, other = _k(k), _other(other) / 100
    shape = math.sqrt(math.log1p(k * k))
    # A case is dear when its cost is passed with the chance DEAR / heads. Minus the log of the chance that is then
    # left is exponential, so one drawn place serves every size of body: only the table differs.
    edge = math.log(DEAR / heads)
    left = (np.arange(_FINE * _REACH) + 0.5) / _FINE
    costs = np.exp(shape * np.interp(edge - left, *_tail()) - shape * shape / 2) / heads
    cut = -_NORMAL.inv_cdf(DEAR / heads)
    # How many dear cases there are is luck too, and a part of the spread k: what is left of it is the rest's.
    cheap_mean, cheap_square = _NORMAL.cdf(cut - shape), (1 + k * k) * _NORMAL.cdf(cut - 2 * shape)
    spent = drawn.luck[start:stop] * math.sqrt((cheap_square - 1) / heads)
    done = 0
    for run in drawn.runs:
        here = min(run - start, many)
        if here <= 0:
            break
        spent[:here] += costs.take(drawn.sizes[done + start : done + start + here], mode="clip")
        done += run
    if other:
        spent += other * _draw_elsewhere(simulated, seed)[start:stop]
    return spent, cheap_mean


# --- staff-exit ------------------------------------------------------------------------------------

RECLAIM_WEEKS = 4


@dataclass(frozen=True)
class StaffExit:
    """What it costs and saves to let staff go and take some of them back.

    Money is in pounds, in the prices of one year, over `horizon` years.

    Fields:
        leavers, payment, back, pay, gap, dearer, horizon: what went in, as `staff_exit` takes it.
        paid: redundancy payments.
        paid_to_returners: the part of `paid` that went to people who came back.
        saved: pay not paid while posts are empty.
        extra: what the returners cost above their old pay.
        net: saved - paid - extra; below 0 the exit costs more than it saves.
        payback: months with the post empty that earn one payment back.
        break_even_gap: months a returner must stay away for the two to be equal; None when even the whole
            horizon is too short.
        break_even_back: percent who may come back before the exit costs more than it saves; None when it
            loses even if nobody comes back, 100 when it saves even if everybody does.
    """

    leavers: float
    payment: float
    back: float
    pay: float
    gap: float
    dearer: float
    horizon: float
    paid: float
    paid_to_returners: float
    saved: float
    extra: float
    net: float
    payback: float
    break_even_gap: float | None
    break_even_back: float | None


def staff_exit(
    leavers: float = 2_200, payment: float = 18_180, back: float = 50, pay: float = 32_000,
    gap: float = 12, dearer: float = 20, horizon: float = 3,
) -> StaffExit:  # fmt: skip
    """Return what it costs and saves to let staff go and take some of them back at a higher price.

    Takes:
        leavers: people let go.
        payment: mean redundancy payment, pounds.
        back: percent of the leavers who come back.
        pay: what one post costs a year, pounds.
        gap: months a returner stays away. Within four weeks the payment is taken back.
        dearer: percent by which a returner costs more than before.
        horizon: years counted.

    Raises PackError for a number out of range.
    """
    leavers = _number(leavers, "leavers", 1, 1_000_000, "a number of people")
    payment = _number(payment, "payment", 0, 1_000_000, "pounds")
    back = _number(back, "back", 0, 100, "a percentage")
    pay = _number(pay, "pay", 1_000, 1_000_000, "pounds a year")
    gap = _number(gap, "gap", 0, 240, "months")
    dearer = _number(dearer, "dearer", 0, 300, "a percentage")
    horizon = _number(horizon, "horizon", 0.25, 20, "years")

    returners = leavers * back / 100
    away = min(gap / 12, horizon)
    kept_payment = 0 if gap * 52 / 12 <= RECLAIM_WEEKS else payment
    paid_to_returners = returners * kept_payment
    paid = (leavers - returners) * payment + paid_to_returners
    saved = (leavers - returners) * pay * horizon + returners * pay * away
    extra = returners * pay * dearer / 100 * (horizon - away)

    stayer = pay * horizon - payment
    returner = pay * away - kept_payment - pay * dearer / 100 * (horizon - away)
    share = stayer / (stayer - returner) if stayer >= 0 > returner else 1
    months = 12 * (payment / pay + dearer / 100 * horizon) / (1 + dearer / 100)
    return StaffExit(
        leavers, payment, back, pay, gap, dearer, horizon,
        paid=paid, paid_to_returners=paid_to_returners, saved=saved, extra=extra, net=saved - paid - extra,
        payback=12 * payment / pay,
        break_even_gap=months if months <= 12 * horizon else None,
        break_even_back=None if stayer < 0 else 100 * share,
    )  # fmt: skip


# --- real-terms ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealTerms:
    """A cash rise in real terms. All in percent of last year's allocation; below 0 is a cut.

    Fields:
        cash, deflator, lodged, counted: what went in, as `real_terms` takes it.
        change: the real change as reports of the time print it, by taking away.
        exact: the same by dividing, which is exact.
        if_counted, if_not_counted: `change` with the lodged money counted as lost, and as kept.
        break_even: the deflator at which `change` is 0.
    """

    cash: float
    deflator: float
    lodged: float
    counted: bool
    change: float
    exact: float
    if_counted: float
    if_not_counted: float
    break_even: float


def real_terms(cash: float = 2.2, deflator: float = 1.9, lodged: float = 2, counted: bool = True) -> RealTerms:
    """Return what a cash rise is worth in real terms.

    Takes:
        cash: growth of the allocation in cash, percent.
        deflator: rise of prices, percent.
        lodged: share of the allocation lodged with the strategic health authority, percent.
        counted: whether the lodged share is counted as lost.

    Raises PackError for a number out of range.
    """
    cash = _number(cash, "cash", -50, 50, "a percentage")
    deflator = _number(deflator, "deflator", -20, 50, "a percentage")
    lodged = _number(lodged, "lodged", 0, 50, "a percentage")
    counted = _switch(counted, "counted")
    lost = lodged if counted else 0.0
    # Rounded, so that 2.0 - 2.0 - 2.5 and its like come out as they do on paper.
    return RealTerms(
        cash, deflator, lodged, counted,
        change=round(cash - lost - deflator, 9),
        exact=100 * ((1 + cash / 100) * (1 - lost / 100) / (1 + deflator / 100) - 1),
        if_counted=round(cash - lodged - deflator, 9),
        if_not_counted=round(cash - deflator, 9),
        break_even=round(cash - lost, 9),
    )  # fmt: skip


# --- walk-away -------------------------------------------------------------------------------------

SEGMENTS = ("enthusiasts", "pragmatists", "carers", "opposed")


@dataclass(frozen=True)
class WalkAway:
    """What is left when parts of four groups of GPs leave. All in percent of all GPs unless said otherwise.

    Fields:
        shares: the four groups, in the order of `SEGMENTS`.
        leaving: percent of each group that leaves.
        needed: what must be left.
        staying: what is left of each group.
        left: what is left in all.
        spare: left - needed; below 0 too few are left.
        breaking_point: percent of the largest group whose leaving brings what is left down to `needed`, the
            other groups as set; None when the largest group alone cannot (too few are left without it, or
            enough are left even when all of it goes).
    """

    shares: tuple[float, ...]
    leaving: tuple[float, ...]
    needed: float
    staying: tuple[float, ...]
    left: float
    spare: float
    breaking_point: float | None


def walk_away(
    enthusiasts: float = 10, pragmatists: float = 20, carers: float = 60, opposed: float = 10, *,
    enthusiasts_leave: float = 0, pragmatists_leave: float = 0, carers_leave: float = 0, opposed_leave: float = 100,
    needed: float = 50,
) -> WalkAway:  # fmt: skip
    """Return what is left when parts of four groups of GPs leave: plain arithmetic, a thought experiment.

    Takes:
        enthusiasts, pragmatists, carers, opposed: share of each group, percent of all GPs; together 100.
        enthusiasts_leave, pragmatists_leave, carers_leave, opposed_leave: percent of that group that leaves.
        needed: percent of all GPs who must stay.

    Raises PackError for a number out of range, or shares that do not make 100.
    """
    shares = tuple(
        _number(value, name, 0, 100, "a percentage")
        for name, value in zip(SEGMENTS, (enthusiasts, pragmatists, carers, opposed), strict=True)
    )
    if not math.isclose(sum(shares), 100, abs_tol=1e-6):
        raise PackError(f"The four groups make {sum(shares):g}%. Give shares that make 100 together.")
    given = (enthusiasts_leave, pragmatists_leave, carers_leave, opposed_leave)
    leaving = tuple(
        _number(value, f"{name}_leave", 0, 100, "a percentage") for name, value in zip(SEGMENTS, given, strict=True)
    )
    needed = _number(needed, "needed", 0, 100, "a percentage")
    staying = tuple(share * (100 - gone) / 100 for share, gone in zip(shares, leaving, strict=True))
    left = sum(staying)
    largest = max(range(4), key=shares.__getitem__)
    others = left - staying[largest]
    within = others <= needed <= others + shares[largest]
    return WalkAway(
        shares, leaving, needed, staying, left, left - needed,
        breaking_point=100 * (others + shares[largest] - needed) / shares[largest] if within else None,
    )  # fmt: skip


# --- the four, described ---------------------------------------------------------------------------

_HSJ_URL = "https://www.hsj.co.uk/finance-and-efficiency/commissioning-sizing-up-the-issues-of-financial-security/5023200.article"
_NAO_2013 = "on the National Audit Office report of July 2013"
_PULSE_NAO = f"Pulse, 'Budgetary uncertainty, doubts over CCG plans and 10,000 redundancies', {_NAO_2013}"
_BMJ_NAO = f"BMJ 2013;347:f4471, {_NAO_2013}"
_MARS = "House of Commons Health Committee, Commissioning, third report 2010-11, paragraph 50"
_MARS_URL = "https://publications.parliament.uk/pa/cm201011/cmselect/cmhealth/513/51307.htm"
_HFMA = "HFMA, 'PCT allocations: a quick guide'"
_HFMA_URL = "https://hfma.org.uk/articles/pct-allocations-quick-guide"
_COMMENT = "A reader's comment, which gives no source for it (walk-away-c51)"

BUDGET_RISK = Scenario(
    name="budget-risk",
    title="Luck and the size of a budget",
    run=budget_risk,
    takes=(
        Parameter(
            "people", "People the body pays for", "people", 7_000, 901_000, 1, 100_000,
            "Asthana and colleagues to Pulse, 2011: pool at least 100,000 people", "V",
            "https://www.pulsetoday.co.uk/news/practice-personal-finance/"
            "gp-consortia-face-significant-financial-instability-unless-they-share-risks/",
            stops=(7_000, 10_000, 15_000, 20_000, 30_000, 50_000, 68_000, 100_000, 150_000, 221_000, 300_000,
                   500_000, 901_000),
        ),
        Parameter(
            "k", "Spread of one person's yearly cost, k", "times the mean", 3, 9, 0.1, 3.6,
            "Worked back from Richardson and colleagues, HSJ, January 2011: 4% of bodies of 100,000 people are more "
            "than 2% in deficit", "D", _HSJ_URL,
        ),
        Parameter("over", "Overspend to look for: more than", "percent of the budget", 0.5, 15, 0.5, 2),
        Parameter("years", "Years to balance the books over", "years", 1, 5, 1, 1),
        Parameter("other", "Spread from all that is not luck", "percent of the budget", 0, 5, 0.25, 0),
    ),
    starts=(),
    leaves_out=(
        "This is luck alone. Management, demand, supply and an unfair formula do not shrink with size, nor average "
        "out over years. The last slider lets you add a spread for them; its value is your assumption.",
        "People are taken to fall ill one by one. An epidemic or a hard winter strikes many at once.",
        "The fat-tailed model takes one person's cost as lognormal: many cost little, a few very much. No tail was "
        "fitted. Asthana and colleagues found about 15 to 26 of 500 to 600 bodies 5% or more over in a year, and "
        "one or two 10% or more. With k set to match the first (8.2: 16 to 24), this model gives 1.3 to 2.2 for the "
        "second. The normal curve gives 0.04 to 0.2.",
        "Years are taken as independent. People who cost much one year often do so the next, so pooling over years "
        "helps less than it does here.",
        "Each k comes from one study. One uses costs from Germany, others only surgery or mental health in England. "
        "The sizes to choose from are examples.",
        "The budget is taken to be right on average. A formula that is wrong for a place overspends every year.",
        "Size is not the only cure, and it has a price. Bachmann and Bevan (1996) name time, insurance or leaving out "
        "costly cases; in 2014, in six groups, one GP in three felt that members own their group.",
    ),
)  # fmt: skip

STAFF_EXIT = Scenario(
    name="staff-exit",
    title="Letting managers go, and taking some back",
    run=staff_exit,
    takes=(
        Parameter("leavers", "People let go", "people", 200, 20_000, 100, 2_200, _MARS, "V", _MARS_URL),
        Parameter(
            "payment", "Mean payment to a leaver", "pounds", 0, 100_000, 5, 18_180,
            f"Worked back from {_MARS}: £40 million for 2,200 leavers is £18,182 each", "D", _MARS_URL,
        ),
        Parameter("back", "Leavers who come back", "percent", 0, 100, 1, 50),
        Parameter(
            "pay", "Cost of one post", "pounds a year", 15_000, 120_000, 500, 32_000,
            f"Worked back from {_MARS}: £70 million a year expected from 2,200 leavers is £31,818 each", "D", _MARS_URL,
        ),
        Parameter("gap", "Time away before coming back", "months", 0, 36, 1, 12),
        Parameter("dearer", "Extra cost of a person who comes back", "percent", 0, 100, 5, 20),
        Parameter("horizon", "Years counted", "years", 1, 10, 1, 3),
    ),
    starts=(
        Preset(
            "The auditors' figures, to March 2013", {"leavers": 10_000, "payment": 43_095, "back": 22},
            f"{_PULSE_NAO}; {_BMJ_NAO}", "V", later=True,
        ),
        Preset(
            "The resignation scheme of autumn 2010, nobody back", {"leavers": 2_200, "payment": 18_180, "back": 0},
            f"Worked back from {_MARS}: £40 million for 2,200 leavers is £18,182 each; that nobody comes back is the "
            "scheme's hope, not a finding", "D",
        ),
    ),
    leaves_out=(
        "The work of an empty post is taken to be done by nobody, at no cost. If a firm or a temporary worker does it, "
        "the saving is smaller, or none.",
        "Skill and memory that leave with a person have no price here.",
        "How many come back, after how long, and how much dearer, are your assumptions. In 2010 nobody could count them.",
        "Pensions, tax and the price of time are left out.",
        "Payments are taken to be kept by whoever comes back after more than four weeks.",
    ),
    later=(
        "22% is of about 10,000 redundancies. Other counts have other bases (3,200 of 19,000; 3,950 of all made "
        "redundant to November 2013) and must not be mixed with it.",
        "The 22% came back to the NHS. No source seen counts people hired back through a private firm, which is what "
        "Richard Vautrey warned MPs of. That a returner costs more is an assumption.",
        "2,200 people at the mean of £43,095 make £94.8 million; the report has £95 million. That those who came back "
        "were paid the mean is itself an assumption. 10,000 at the mean make £431 million and the report has "
        "£435 million: 'about 10,000' is rounded.",
        "A payment could be taken back only from a person who returned within four weeks.",
    ),
)  # fmt: skip

REAL_TERMS = Scenario(
    name="real-terms",
    title="One cash rise, two signs",
    run=real_terms,
    takes=(
        Parameter("cash", "Growth in cash", "percent", 0, 6, 0.1, 2.2, f"{_HFMA}: the average for 2011/12", "V", _HFMA_URL),
        Parameter(
            "deflator", "Rise of prices, the deflator", "percent", 0, 5, 0.1, 1.9,
            f"Worked back from {_HFMA}: 2.2% in cash is 0.3% in the Department's real terms", "D", _HFMA_URL,
        ),
        Parameter(
            "lodged", "Share lodged with the strategic health authority", "percent", 0, 5, 0.5, 2,
            "Public Finance, 9 March 2011 (nuffield-polls)", "V",
        ),
        Parameter("counted", "Count the lodged share as lost", "yes or no", 0, 1, 1, 1),
    ),
    starts=(
        Preset(
            "The Department's count, average trust", {"cash": 2.2, "deflator": 1.9, "lodged": 2, "counted": 0},
            f"{_HFMA}; its deflator worked back", "D",
        ),
        Preset(
            "As Nuffield's figures come out, smallest rise", {"cash": 2.0, "deflator": 2.5, "lodged": 2, "counted": 1},
            f"{_HFMA}; Public Finance, 9 March 2011; the deflator of 2.5% is worked back from the result", "D",
        ),
        Preset(
            "As Nuffield's figures come out, largest rise", {"cash": 4.2, "deflator": 2.5, "lodged": 2, "counted": 1},
            f"{_HFMA}; Public Finance, 9 March 2011; the deflator of 2.5% is worked back from the result", "D",
        ),
        Preset(
            "The Department's count with the other deflator", {"cash": 2.2, "deflator": 2.5, "lodged": 2, "counted": 0},
        ),
    ),
    leaves_out=(
        "The deflator of 2.5% is worked back from the cuts that Public Finance prints: it makes them come out exactly, "
        "so it proves nothing by itself. The Nuffield report was not read.",
        "Lodged money was held by the strategic health authority. It was not simply gone, and not simply free to "
        "spend: both ways of counting can be defended.",
        "0.3% to 2.5% is a range across trusts, from the largest rise given as an example to the smallest. It is not a "
        "margin of error, and the Department's 0.3% is an average: the two are not the same measure with two signs.",
        "One percentage is taken from another here, which is how the printed figures come out. Dividing is exact; with "
        "these settings to start from it differs by less than a tenth of a point.",
        "Demand and the cost of care may grow faster than prices. That is not in any of these figures.",
    ),
)  # fmt: skip

WALK_AWAY = Scenario(
    name="walk-away",
    title="If GPs walked away: a thought experiment",
    run=walk_away,
    takes=(
        Parameter("enthusiasts", "Enthusiasts", "percent of GPs", 0, 100, 1, 10, _COMMENT, "V", fixed=True),
        Parameter("pragmatists", "Involved pragmatists", "percent of GPs", 0, 100, 1, 20, _COMMENT, "V", fixed=True),
        Parameter("carers", "Getting on with caring for the sick", "percent of GPs", 0, 100, 1, 60, _COMMENT, "V", fixed=True),
        Parameter("opposed", "Opposed and negative", "percent of GPs", 0, 100, 1, 10, _COMMENT, "V", fixed=True),
        Parameter("enthusiasts_leave", "Enthusiasts who leave", "percent of them", 0, 100, 5, 0),
        Parameter("pragmatists_leave", "Involved pragmatists who leave", "percent of them", 0, 100, 5, 0),
        Parameter("carers_leave", "Those getting on with care who leave", "percent of them", 0, 100, 5, 0),
        Parameter("opposed_leave", "Opposed who leave", "percent of them", 0, 100, 5, 100),
        Parameter("needed", "GPs who must stay", "percent of all", 0, 100, 5, 50),
    ),
    starts=(
        Preset(
            "Only the opposed leave",
            {"enthusiasts_leave": 0, "pragmatists_leave": 0, "carers_leave": 0, "opposed_leave": 100},
        ),
        Preset(
            "Half of those getting on with care leave too",
            {"enthusiasts_leave": 0, "pragmatists_leave": 0, "carers_leave": 50, "opposed_leave": 100},
        ),
        Preset(
            "All but the enthusiasts leave",
            {"enthusiasts_leave": 0, "pragmatists_leave": 100, "carers_leave": 100, "opposed_leave": 100},
        ),
    ),
    leaves_out=(
        "This is a thought experiment, as the post is. Nobody in it announces that they will leave.",
        "The shares are one anonymous comment's, without a source.",
        "An agreement announced on 2 November 2011, four weeks before the post, would make membership of a group part "
        "of the GP contract once the Bill had passed. A practice could then hardly leave; a GP could still stop taking "
        "part.",
        "GPs are counted as if spread evenly. In life they leave by practice and by place, so that one group may "
        "lose most of its GPs and the next none.",
        "How many must stay is your assumption. 50% is the 'majority' of the post's title.",
        "Coverage is not consent: a group can cover everyone with few GPs taking part.",
    ),
    later=(
        "A survey of six groups in 2014, in other words than the comment's, found 12% highly engaged and 71% at least "
        "somewhat.",
    ),
)  # fmt: skip

SCENARIOS: dict[str, Scenario] = {each.name: each for each in (BUDGET_RISK, STAFF_EXIT, REAL_TERMS, WALK_AWAY)}
