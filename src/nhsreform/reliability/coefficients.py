"""How far coders agree: shares, Cohen's kappa, Krippendorff's alpha, and how sure those numbers are.

Every measure takes one list for each coder, with one code for each unit (here: each claim). The lists are equally
long and are compared by place. Codes are all text or all numbers; None, NaN and pandas' NA mean that the coder gave none.

A measure that cannot be computed is NaN ("undefined"), never a guess: when all coders use one and the same code
throughout, there is nothing for chance to spoil, and neither kappa nor alpha says anything.

>>> first = ["sceptic", "none", "none", "mixed", "enthusiast"]
>>> second = ["sceptic", "none", "mixed", "mixed", "none"]
>>> exact_share(first, second)
0.6
>>> round(cohen_kappa(first, second), 3)
0.444
>>> round(krippendorff_alpha(first, second), 3)
0.486
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

Code = str | float
RESAMPLES, CONFIDENCE, SEED = 1000, 0.95, 2011
# At most so many numbers at a time when resamples are added up: 4 million are 32 MB.
_BLOCK = 4_000_000


class Interval(NamedTuple):
    """A measure with its bootstrap interval; see bootstrap_interval()."""

    estimate: float
    low: float
    high: float
    resamples: int
    undefined: int


class _Plan(NamedTuple):
    """A measure made ready: one table (codes x codes) for each unit, and what to do with tables once added up.

    Every measure here depends on the sum of its units' tables alone, so a resample is a weighted sum, and all
    resamples are one matrix product.
    """

    tables: np.ndarray
    values: Callable[[np.ndarray], np.ndarray]

    def estimate(self) -> float:
        return float(self.values(self.tables.sum(axis=0, keepdims=True))[0])


def _codes(*coders: Iterable[object]) -> tuple[np.ndarray, np.ndarray]:
    """Return every code from lowest to highest, and units x coders x codes: 1 where a coder gave a unit that code, else 0."""
    lists = pd.DataFrame(dict(enumerate(map(list, coders))), dtype=object)
    places, scale = pd.factorize(lists.to_numpy().ravel(), sort=True)
    return np.asarray(scale), (places.reshape(lists.shape)[..., None] == np.arange(len(scale))).astype(float)


def _pairs(first: Iterable[object], second: Iterable[object]) -> tuple[np.ndarray, np.ndarray]:
    """Return every code, and a table for each unit that both coders coded: 1 where the two codes meet."""
    scale, coded = _codes(first, second)
    tables = coded[:, 0, :, None] * coded[:, 1, None, :]
    return scale, tables[tables.any(axis=(1, 2))]


def _ratio(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return 1 - observed / expected disagreement; NaN where no disagreement could be expected."""
    possible = expected > 0
    return np.where(possible, 1 - observed / np.where(possible, expected, 1), np.nan)


# --- the measures ---------------------------------------------------------------------------------------


def _exact_plan(first: Iterable[object], second: Iterable[object]) -> _Plan:
    _, tables = _pairs(first, second)
    return _Plan(tables, lambda sums: sums.trace(axis1=1, axis2=2) / sums.sum(axis=(1, 2)))


def _kappa_plan(first: Iterable[object], second: Iterable[object], ordered: bool = False) -> _Plan:
    scale, tables = _pairs(first, second)
    apart = 1 - np.eye(len(scale))
    if ordered:
        heights = scale.astype(float)
        apart = np.abs(heights[:, None] - heights)

    def values(sums: np.ndarray) -> np.ndarray:
        rows, columns, units = sums.sum(axis=2), sums.sum(axis=1), sums.sum(axis=(1, 2))
        expected = ((rows @ apart) * columns).sum(axis=1) / units
        return _ratio((sums * apart).sum(axis=(1, 2)), expected)

    return _Plan(tables, values)


def _alpha_plan(*coders: Iterable[object], ordered: bool = False) -> _Plan:
    scale, coded = _codes(*coders)
    used = coded.sum(axis=1)
    used = used[used.sum(axis=1) >= 2]
    # Krippendorff's coincidences: each ordered pair of codes within a unit, divided by its coders less one.
    pairs = used[:, :, None] * used[:, None, :] - used[:, :, None] * np.eye(len(scale))
    tables = pairs / (used.sum(axis=1) - 1)[:, None, None]

    def values(sums: np.ndarray) -> np.ndarray:
        margins = sums.sum(axis=2)
        apart = 1 - np.eye(len(scale))
        if ordered:
            # The ordinal distance is the difference between the middles of the codes' ranks, squared.
            heights = np.cumsum(margins, axis=1) - margins / 2
            apart = (heights[:, :, None] - heights[:, None, :]) ** 2
        chance = margins[:, :, None] * margins[:, None, :] / (margins.sum(axis=1) - 1)[:, None, None]
        return _ratio((sums * apart).sum(axis=(1, 2)), (chance * apart).sum(axis=(1, 2)))

    return _Plan(tables, values)


def exact_share(first: Iterable[object], second: Iterable[object]) -> float:
    """Return the share of units to which two coders gave the same code, from 0 to 1.

    Units that one of them did not code are left out. The share makes no allowance for agreement by chance: for that
    see cohen_kappa and krippendorff_alpha.

    >>> exact_share(["none", "sceptic", "mixed", None], ["none", "sceptic", "none", "none"])
    0.6666666666666666
    """
    return _exact_plan(first, second).estimate()


def cohen_kappa(first: Iterable[object], second: Iterable[object], ordered: bool = False) -> float:
    """Return Cohen's kappa: how far two coders agree beyond what their own habits would give by chance.

    1 is perfect agreement, 0 is chance, below 0 is less than chance. Where the codes are numbers and `ordered`, a
    disagreement counts by their difference (linear weights). Units that one coder did not code are left out.

    NaN means undefined: both coders gave one and the same code to every unit, so chance alone would agree fully.
    A coder who gives one code to every unit while the other does not makes kappa 0, however often they agree.

    Source: Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20(1), 37-46; with weights Cohen (1968), "Weighted kappa", Psychological Bulletin 70(4), 213-220.

    >>> round(cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]), 3)
    0.5
    >>> round(cohen_kappa([-2, -1, 1, 2], [-1, -1, 1, 2], ordered=True), 3)
    0.846
    >>> cohen_kappa(["none", "none"], ["none", "none"])
    nan
    """
    return _kappa_plan(first, second, ordered).estimate()


def krippendorff_alpha(*coders: Iterable[object], ordered: bool = False) -> float:
    """Return Krippendorff's alpha for two coders or more, with codes missing here and there.

    1 is perfect agreement, 0 is what chance would give, below 0 is less. Two codes are the same or not (the nominal
    level); or, `ordered`, a disagreement counts by how many codes were given between the two (the ordinal level). Units
    with fewer than two codes cannot be compared and are left out.

    NaN means undefined: one and the same code is all there is, so no disagreement could be expected. (Other
    programs say 1 here. There is no evidence that the coders can tell codes apart, so we do not.)

    Source: Krippendorff (2004), Content Analysis, 2nd edition, chapter 11; Krippendorff (2011), "Computing
    Krippendorff's Alpha-Reliability", repository.upenn.edu/asc_papers/43.

    >>> round(krippendorff_alpha([1, 2, 3, 3, None], [1, 2, 3, 2, 1], [None, 2, 3, 3, 1], ordered=True), 3)
    0.885
    >>> krippendorff_alpha(["none", "none"], ["none", "none"])
    nan
    """
    return _alpha_plan(*coders, ordered=ordered).estimate()


_PLANS: dict[Callable[..., float], Callable[..., _Plan]] = {
    exact_share: _exact_plan,
    cohen_kappa: _kappa_plan,
    krippendorff_alpha: _alpha_plan,
}


def bootstrap_interval(measure: Callable[..., float], *coders: Iterable[object], **options: bool) -> Interval:
    """Return a measure with the interval in which it falls when the units are drawn again and again.

    `measure` is exact_share, cohen_kappa or krippendorff_alpha; `options` are passed on to it.
    The units that can be compared are drawn with replacement, as many as there are, RESAMPLES times, always the same;
    low and high are the percentiles that leave (1 - CONFIDENCE) / 2 on each side.

    `undefined` counts resamples for which the measure is NaN (one code only was drawn): they are left out of the
    percentiles, so many of them make the interval doubtful. With no unit that can be compared estimate, low and high are
    NaN; with a single one, or no resample defined, low and high.

    What it does not say: it treats units as drawn independently, which claims of one text are not quite; and where
    every unit agrees every resample does, so the interval closes on 1 although the next unit may differ.

    Source: Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1-26;
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile intervals). This is not
    the resampling of pairs that Krippendorff describes for alpha.

    >>> first, second = ["a", "b"] * 20, ["a", "b"] * 15 + ["b", "a"] * 5
    >>> measured = bootstrap_interval(exact_share, first, second)
    >>> measured.low < measured.estimate == 0.75 < measured.high
    True
    """
    plan = _PLANS[measure](*coders, **options)
    units, shape = len(plan.tables), plan.tables.shape[1:]
    if not units:
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    drawn = np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(float)
    flat = plan.tables.reshape(units, -1)
    step = max(1, _BLOCK // flat.shape[1])
    values = np.concatenate(
        [plan.values((drawn[start : start + step] @ flat).reshape(-1, *shape)) for start in range(0, RESAMPLES, step)]
    )
    defined = values[~np.isnan(values)]
    low, high = math.nan, math.nan
    if units > 1 and len(defined):
        low, high = map(float, np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]))
    return Interval(plan.estimate(), low, high, RESAMPLES, RESAMPLES - len(defined))
