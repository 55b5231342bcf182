"""Budget risk: how far luck alone takes a body over its budget. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist

import numpy as np

from nhsreform.widgets.simulator.scenario import Parameter, Scenario, as_number, as_whole

SIMULATED_YEARS = 100_000
SEED = 2010

_NORMAL = NormalDist()


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


# What each number may be: the least, the most, and what to give.
_LIMITS = {
    "people": (1_000, 100_000_000, "a number of people"),
    "k": (0.1, 30, "a spread per head"),
    "over": (0, 100, "an overspend in percent"),
    "years": (1, 20, "years"),
    "other": (0, 50, "a spread in percent"),
    "simulated": (1, 1_000_000, "years"),
    "seed": (0, 2**32, "a whole number"),
}


def _number(name: str, value: object) -> float:
    return as_number(value, name, *_LIMITS[name])


def _whole(name: str, value: object) -> int:
    return as_whole(value, name, *_LIMITS[name])


def spread(people: int, k: float, years: int = 1, other: float = 0) -> float:
    """Return the standard deviation of spending, in percent of the budget: sqrt(k^2 / (people x years) + other^2).

    `other` is the spread from everything that is not luck, in percent. It shrinks neither with people nor with years.

    Raises PackError for a number out of range.
    """
    luck = 100 * _number("k", k) / math.sqrt(_whole("people", people) * _whole("years", years))
    return math.hypot(luck, _number("other", other))


def overspend_normal(people: Sequence[int], k: float, over: float, years: int = 1, other: float = 0) -> np.ndarray:
    """Return the chance of overspending by more than `over` percent, by the normal approximation.

    One chance, 0 to 1, for each of `people`. Raises PackError for a number out of range.
    """
    limit = _number("over", over)
    return np.array([1 - _NORMAL.cdf(limit / spread(n, k, years, other)) for n in people])


def overspend_fat_tailed(
    people: Sequence[int], k: float, over: float, years: int = 1, other: float = 0, *,
    simulated: int = SIMULATED_YEARS, seed: int = SEED,
) -> np.ndarray:  # fmt: skip
    """Return the chance of overspending by more than `over` percent when one person's cost is lognormal.

    One chance, 0 to 1, for each of `people`: the share of `simulated` years. All sizes live through the same
    simulated years, so that a difference between two sizes is the size's own. The same `seed` gives the same
    chances.

    Raises PackError for a number out of range.
    """
    spending = (_spending(n, k, years, other, simulated, seed) for n in people)
    return np.array([_overspent(*spent, over) for spent in spending])


def _overspent(spent: np.ndarray, constant: float, over: float) -> float:
    """Return the share of simulated years that overspent by more than `over` percent; see _spending."""
    return int(np.count_nonzero(spent > 1 - constant + _number("over", over) / 100)) / len(spent)


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
    spent, constant = _spending(people, k, years, other, simulated, seed)
    fat, total = _overspent(spent, constant, over), len(spent)
    return BudgetRisk(
        int(people), float(k), float(over), int(years), float(other),
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


def _spending(people: int, k: float, years: int, other: float, simulated: int, seed: int) -> tuple[np.ndarray, float]:
    """Return what simulated years spent, as a share of the budget but for a constant; and the constant."""
    simulated, seed = _whole("simulated", simulated), _whole("seed", seed)
    drawn = _draw(simulated, seed)
    heads = _whole("people", people) * _whole("years", years)
    k, other = _number("k", k), _number("other", other) / 100
    shape = math.sqrt(math.log1p(k * k))
    # A case is dear when its cost is passed with the chance DEAR / heads. Minus the log of the chance that is then
    # left is exponential, so one drawn place serves every size of body: only the table differs.
    edge = math.log(DEAR / heads)
    left = (np.arange(_FINE * _REACH) + 0.5) / _FINE
    costs = np.exp(shape * np.interp(edge - left, *_tail()) - shape * shape / 2) / heads
    cut = -_NORMAL.inv_cdf(DEAR / heads)
    # How many dear cases there are is luck too, and a part of the spread k: what is left of it is the rest's.
    cheap_mean, cheap_square = _NORMAL.cdf(cut - shape), (1 + k * k) * _NORMAL.cdf(cut - 2 * shape)
    spent = drawn.luck * math.sqrt((cheap_square - 1) / heads)
    done = 0
    for run in drawn.runs:
        spent[:run] += costs.take(drawn.sizes[done : done + run], mode="clip")
        done += run
    if other:
        spent += other * _draw_elsewhere(simulated, seed)
    return spent, cheap_mean


_HSJ_URL = "https://www.hsj.co.uk/finance-and-efficiency/commissioning-sizing-up-the-issues-of-financial-security/5023200.article"

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
            kind="trade press",
        ),
        Parameter(
            "k", "Spread of one person's yearly cost, k", "times the mean", 3, 9, 0.1, 3.6,
            "Worked back from Richardson and colleagues, HSJ, January 2011: 4% of bodies of 100,000 people are more "
            "than 2% in deficit", "D", _HSJ_URL, kind="trade press",
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
        "second. The normal curve fits the first with a k of 8.6 (15 to 26), and gives 0.04 to 0.2 for the second.",
        "Years are taken as independent. People who cost much one year often do so the next, so pooling over years "
        "helps less than it does here.",
        "Each k comes from one study. One uses costs from Germany, others only surgery or mental health in England. "
        "The sizes to choose from are examples.",
        "The budget is taken to be right on average. A formula that is wrong for a place overspends every year.",
        "Size is not the only cure, and it has a price. Bachmann and Bevan (1996) name time, insurance or leaving out "
        "costly cases; in 2014, in six groups, one GP in three felt that members own their group.",
    ),
)  # fmt: skip
