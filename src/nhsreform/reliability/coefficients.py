"""How far coders agree: shares, Cohen's kappa, Krippendorff's alpha, and how sure those numbers are.

Every measure takes one list for each coder, with one code for each unit (here: each claim). The lists are equally
long and are compared by place; a pandas Series is read in its order, whatever its labels. A code is text or a
number. None, NaN, pandas' NA and empty text mean that the coder gave no code.

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

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from nhsreform.errors import PackError, nearest, one_of

Code = str | float
LEVELS = ("nominal", "ordinal", "interval")
WEIGHTS = ("linear", "quadratic")

# At most so many numbers at a time when resamples are added up: 4 million are 32 MB.
_BLOCK = 4_000_000


class Confusion(NamedTuple):
    """How the codes of two coders fall together; see confusion()."""

    labels: tuple[Code, ...]
    matrix: np.ndarray
    left_out: int


class Interval(NamedTuple):
    """A measure with its bootstrap interval; see bootstrap_interval()."""

    estimate: float
    low: float
    high: float
    confidence: float
    resamples: int
    undefined: int
    units: int


class _Plan(NamedTuple):
    """A measure made ready: one table (codes x codes) for each unit, and what to do with tables once added up.

    Every measure here depends on the sum of its units' tables alone, so a resample is a weighted sum, and all
    resamples are one matrix product.
    """

    tables: np.ndarray
    values: Callable[[np.ndarray], np.ndarray]

    def estimate(self) -> float:
        return float(self.values(self.tables.sum(axis=0, keepdims=True))[0])


# --- reading the coders' lists --------------------------------------------------------------------------


def _code(value: object) -> Code | None:
    """Return a code, or None where the coder gave none."""
    if isinstance(value, np.generic):
        value = value.item()
    # pandas' own marks for missing are known by name, so that pandas need not be imported.
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, str):
        return value or None
    if not isinstance(value, int | float):
        raise PackError(f"A code must be text or a number; {value!r} is of type {type(value).__name__}.")
    if math.isinf(value):
        raise PackError("A code must be text or a finite number; one of the codes is infinite.")
    return None if math.isnan(value) else value


def _read(coders: Sequence[Iterable[object]]) -> list[list[Code | None]]:
    """Return the coders' codes, with None for missing. Raises PackError for lists that cannot be compared."""
    if len(coders) < 2:
        raise PackError(
            "Agreement needs at least two coders, each a list of codes. "
            "If you have a list of coders, put a star before it: krippendorff_alpha(*coders)."
        )
    for coder in coders:
        if isinstance(coder, str | bytes | dict | set | frozenset) or not isinstance(coder, Iterable):
            raise PackError(
                f"Each coder must be a list with one code for each unit, not of type {type(coder).__name__}."
            )
    read = [[_code(value) for value in coder] for coder in coders]
    lengths = [len(codes) for codes in read]
    if len(set(lengths)) > 1:
        raise PackError(
            "The coders' lists must be equally long, with one code (or None) for each unit; "
            f"they have {', '.join(map(str, lengths))} codes."
        )
    return read


def _scale(coders: list[list[Code | None]], order: Sequence[Code] | None, ordered: str = "") -> list[Code]:
    """Return every code from lowest to highest: as in `order`, else sorted.

    `ordered` says what needs to know which code is next to which; numbers know by themselves, text does not.
    Raises PackError when the order is missing or does not fit.
    """
    codes = {code for coder in coders for code in coder if code is not None}
    texts = sorted(code for code in codes if isinstance(code, str))
    numbers = sorted(code for code in codes if not isinstance(code, str))
    if texts and numbers:
        raise PackError(
            f"The codes mix text ({texts[0]!r}) and numbers ({numbers[0]!r}). Make them all text or all numbers."
        )
    if order is None:
        if texts and ordered:
            raise PackError(
                f"{ordered} needs codes in order, and these are text. "
                f"Name them from lowest to highest, for example order={texts}."
            )
        return [*texts, *numbers]
    if isinstance(order, str) or len(set(order)) < len(order):
        raise PackError(f"order must be a list that names each code once, from lowest to highest; got {order!r}.")
    for code in [*texts, *numbers]:
        if code not in order:
            raise PackError(f"The code {code!r} is not in the order given: {', '.join(map(str, order))}.")
    return list(order)


def _heights(scale: list[Code], order: Sequence[Code] | None) -> np.ndarray:
    """Return where each code stands: its own number, or its place where an order was given."""
    return np.arange(len(scale), dtype=float) if order is not None else np.array(scale, dtype=float)


def _pairs(
    first: Iterable[object], second: Iterable[object], order: Sequence[Code] | None, ordered: str = ""
) -> tuple[list[Code], np.ndarray, int]:
    """Return the scale, one table for each unit that both coders coded, and how many units were left out."""
    coders = _read([first, second])
    scale = _scale(coders, order, ordered)
    place = {code: number for number, code in enumerate(scale)}
    both = [(place[one], place[two]) for one, two in zip(*coders, strict=True) if one is not None and two is not None]
    if not both:
        raise PackError("There is nothing to compare: no unit has a code from both coders.")
    tables = np.zeros((len(both), len(scale), len(scale)))
    rows, columns = np.array(both).T
    tables[np.arange(len(both)), rows, columns] = 1
    return scale, tables, len(coders[0]) - len(both)


def _ratio(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return 1 - observed / expected disagreement; NaN where no disagreement could be expected."""
    possible = expected > 0
    return np.where(possible, 1 - observed / np.where(possible, expected, 1), np.nan)


# --- the measures ---------------------------------------------------------------------------------------


def _share_plan(tables: np.ndarray, counts: np.ndarray) -> _Plan:
    """Plan the share of units in the cells of the table where `counts` is true."""
    return _Plan(tables, lambda sums: (sums * counts).sum(axis=(1, 2)) / sums.sum(axis=(1, 2)))


def _exact_plan(first: Iterable[object], second: Iterable[object]) -> _Plan:
    scale, tables, _ = _pairs(first, second, None)
    return _share_plan(tables, np.eye(len(scale), dtype=bool))


def _within_plan(first: Iterable[object], second: Iterable[object], order: Sequence[Code] | None = None) -> _Plan:
    scale, tables, _ = _pairs(first, second, order, "within_one_share")
    heights = _heights(scale, order)
    return _share_plan(tables, np.abs(heights[:, None] - heights) <= 1)


def _kappa_plan(
    first: Iterable[object], second: Iterable[object], weights: str | None = None, order: Sequence[Code] | None = None
) -> _Plan:
    if weights is not None and weights not in WEIGHTS:
        raise PackError(
            f"There are no weights called {weights!r}. {nearest(weights, list(WEIGHTS))} "
            "Leave weights out for the unweighted kappa."
        )
    scale, tables, _ = _pairs(first, second, order, f"cohen_kappa with {weights} weights" if weights else "")
    if weights is None:
        apart = 1 - np.eye(len(scale))
    else:
        heights = _heights(scale, order)
        apart = np.abs(heights[:, None] - heights) ** (1 if weights == "linear" else 2)

    def values(sums: np.ndarray) -> np.ndarray:
        rows, columns, units = sums.sum(axis=2), sums.sum(axis=1), sums.sum(axis=(1, 2))
        expected = ((rows @ apart) * columns).sum(axis=1) / units
        return _ratio((sums * apart).sum(axis=(1, 2)), expected)

    return _Plan(tables, values)


def _alpha_plan(*coders: Iterable[object], level: str = "nominal", order: Sequence[Code] | None = None) -> _Plan:
    one_of(level, LEVELS, f"There is no level called {level!r}.")
    read = _read(coders)
    scale = _scale(read, order, "" if level == "nominal" else f"krippendorff_alpha at the {level} level")
    used = np.array([[unit.count(code) for code in scale] for unit in zip(*read, strict=True)], dtype=float)
    used = used.reshape(len(read[0]), len(scale))
    used = used[used.sum(axis=1) >= 2]
    if not len(used):
        raise PackError("There is nothing to compare: no unit has codes from two coders.")
    # Krippendorff's coincidences: each ordered pair of codes within a unit, divided by its coders less one.
    pairs = used[:, :, None] * used[:, None, :] - used[:, :, None] * np.eye(len(scale))
    tables = pairs / (used.sum(axis=1) - 1)[:, None, None]

    def values(sums: np.ndarray) -> np.ndarray:
        margins = sums.sum(axis=2)
        if level == "nominal":
            apart = 1 - np.eye(len(scale))
        else:
            # The ordinal distance is the difference between the middles of the codes' ranks, squared.
            heights = _heights(scale, order) if level == "interval" else np.cumsum(margins, axis=1) - margins / 2
            apart = (heights[..., :, None] - heights[..., None, :]) ** 2
        chance = margins[:, :, None] * margins[:, None, :] / (margins.sum(axis=1) - 1)[:, None, None]
        return _ratio((sums * apart).sum(axis=(1, 2)), (chance * apart).sum(axis=(1, 2)))

    return _Plan(tables, values)


def exact_share(first: Iterable[object], second: Iterable[object]) -> float:
    """Return the share of units to which two coders gave the same code, from 0 to 1.

    Units that one of them did not code are left out; confusion() counts them. The share makes no allowance for
    agreement by chance: for that see cohen_kappa and krippendorff_alpha.

    Raises PackError when the lists cannot be compared or share no coded unit.

    >>> exact_share(["none", "sceptic", "mixed", None], ["none", "sceptic", "none", "none"])
    0.6666666666666666
    """
    return _exact_plan(first, second).estimate()


def within_one_share(first: Iterable[object], second: Iterable[object], order: Sequence[Code] | None = None) -> float:
    """Return the share of units whose two codes are the same or one step apart, from 0 to 1.

    Meant for stance (-2, -1, 0, 1, 2). Numbers are compared as they are; for text, name the codes in `order` from
    lowest to highest, and a step is one place. Units that one coder did not code are left out, and so are claims
    without a stance: taking no side is no point on the scale.

    Raises PackError when the lists cannot be compared, share no coded unit, or hold text without an order.

    >>> within_one_share([-2, -1, 0, 2], [-1, -1, 2, 2])
    0.75
    >>> within_one_share(["low", "low"], ["middle", "high"], order=["low", "middle", "high"])
    0.5
    """
    return _within_plan(first, second, order).estimate()


def cohen_kappa(
    first: Iterable[object], second: Iterable[object], weights: str | None = None, order: Sequence[Code] | None = None
) -> float:
    """Return Cohen's kappa: how far two coders agree beyond what their own habits would give by chance.

    1 is perfect agreement, 0 is chance, below 0 is less than chance. With weights="linear" or "quadratic" a
    disagreement counts by the distance of the two codes, or its square: between numbers the distance is their
    difference; for text, name the codes in `order` from lowest to highest, and it is the number of places.
    Units that one coder did not code are left out.

    NaN means undefined: both coders gave one and the same code to every unit, so chance alone would agree fully.
    A coder who gives one code to every unit while the other does not makes kappa 0, however often they agree.

    Raises PackError when the lists cannot be compared, share no coded unit, or need an order that is missing.

    Source: Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20(1), 37-46; with weights Cohen (1968), "Weighted kappa", Psychological Bulletin 70(4), 213-220.

    >>> round(cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]), 3)
    0.5
    >>> round(cohen_kappa([-2, -1, 1, 2], [-1, -1, 1, 2], weights="quadratic"), 3)
    0.941
    >>> cohen_kappa(["none", "none"], ["none", "none"])
    nan
    """
    return _kappa_plan(first, second, weights, order).estimate()


def krippendorff_alpha(*coders: Iterable[object], level: str = "nominal", order: Sequence[Code] | None = None) -> float:
    """Return Krippendorff's alpha for two coders or more, with codes missing here and there.

    1 is perfect agreement, 0 is what chance would give, below 0 is less. level="nominal": two codes are the same
    or not. level="ordinal": a disagreement counts by how many codes were given between the two. level="interval":
    by the square of the difference. Numbers carry their own order; for text, name the codes in `order` from lowest
    to highest (at the interval level its places then serve as the numbers). Units with fewer than two codes
    cannot be compared and are left out.

    NaN means undefined: one and the same code is all there is, so no disagreement could be expected. (Other
    programs say 1 here. There is no evidence that the coders can tell codes apart, so we do not.)

    Raises PackError when the lists cannot be compared, no unit has two codes, or an order is missing.

    Source: Krippendorff (2004), Content Analysis, 2nd edition, chapter 11; Krippendorff (2011), "Computing
    Krippendorff's Alpha-Reliability", repository.upenn.edu/asc_papers/43.

    >>> round(krippendorff_alpha([1, 2, 3, 3, None], [1, 2, 3, 2, 1], [None, 2, 3, 3, 1], level="ordinal"), 3)
    0.885
    >>> krippendorff_alpha(["none", "none"], ["none", "none"])
    nan
    """
    return _alpha_plan(*coders, level=level, order=order).estimate()


def confusion(first: Iterable[object], second: Iterable[object], order: Sequence[Code] | None = None) -> Confusion:
    """Return how often each code of the first coder met each code of the second.

    The result has `labels` (in `order` when you give one, used or not; else sorted), `matrix` (whole numbers: rows
    are the first coder, columns the second, both as in labels) and `left_out` (units that one coder did not code).

    Raises PackError when the lists cannot be compared, share no coded unit, or hold a code that is not in the order.

    >>> confusion(["none", "mixed", "none"], ["none", "none", None])
    Confusion(labels=('mixed', 'none'), matrix=array([[0, 1],
           [0, 1]]), left_out=1)
    """
    scale, tables, left_out = _pairs(first, second, order)
    return Confusion(tuple(scale), tables.sum(axis=0).astype(int), left_out)


_PLANS: dict[str, Callable[..., _Plan]] = {
    "exact_share": _exact_plan,
    "within_one_share": _within_plan,
    "cohen_kappa": _kappa_plan,
    "krippendorff_alpha": _alpha_plan,
}


def bootstrap_interval(
    measure: Callable[..., float],
    *coders: Iterable[object],
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 2011,
    **options: object,
) -> Interval:
    """Return a measure with the interval in which it falls when the units are drawn again and again.

    `measure` is exact_share, within_one_share, cohen_kappa or krippendorff_alpha; `options` are passed on to it.
    The units that can be compared are drawn with replacement, as many as there are, `resamples` times; low and high
    are the percentiles that leave (1 - confidence) / 2 on each side. The same seed gives the same interval.

    The result has estimate, low, high, confidence, resamples, undefined, units. `undefined` counts resamples for
    which the measure is NaN (one code only was drawn): they are left out of the percentiles, so many of them make
    the interval doubtful. With a single unit, or no resample defined, low and high are NaN.

    What it does not say: it treats units as drawn independently, which claims of one text are not quite; and where
    every unit agrees every resample does, so the interval closes on 1 although the next unit may differ.

    Raises PackError for another measure, options it does not take, or numbers out of range, and all that the
    measure raises.

    Source: Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1-26;
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile intervals). This is not
    the resampling of pairs that Krippendorff describes for alpha.

    >>> first, second = ["a", "b"] * 20, ["a", "b"] * 15 + ["b", "a"] * 5
    >>> measured = bootstrap_interval(exact_share, first, second)
    >>> measured.low < measured.estimate == 0.75 < measured.high
    True
    """
    name = getattr(measure, "__name__", str(measure))
    one_of(name, _PLANS, f"No interval is known for {name!r}.")
    if resamples < 1 or not 0 < confidence < 1:
        raise PackError(
            "resamples must be 1 or more, and confidence between 0 and 1, for example 0.95; "
            f"got {resamples} and {confidence}."
        )
    try:
        inspect.signature(measure).bind(*coders, **options)
    except TypeError as error:
        raise PackError(f"{name} cannot be called so: {error}. It takes {inspect.signature(measure)}.") from error
    plan = _PLANS[name](*coders, **options)
    units, size = len(plan.tables), plan.tables[0].size
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=resamples).astype(float)
    flat, shape = plan.tables.reshape(units, size), plan.tables.shape[1:]
    step = max(1, _BLOCK // size)
    values = np.concatenate(
        [plan.values((drawn[start : start + step] @ flat).reshape(-1, *shape)) for start in range(0, resamples, step)]
    )
    defined = values[~np.isnan(values)]
    low, high = math.nan, math.nan
    if units > 1 and len(defined):
        low, high = map(float, np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2]))
    return Interval(plan.estimate(), low, high, confidence, resamples, resamples - len(defined), units)
