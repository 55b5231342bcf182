"""The agreement measures against a reference implementation, published examples and their own laws."""

import math

import numpy as np
import pandas as pd
import pytest
from nltk.metrics import AnnotationTask, binary_distance

from nhsreform.reliability import coefficients
from nhsreform.reliability.coefficients import bootstrap_interval, cohen_kappa, exact_share, krippendorff_alpha

MEASURES = [
    (exact_share, {}),
    (cohen_kappa, {}),
    (cohen_kappa, {"ordered": True}),
    (krippendorff_alpha, {}),
    (krippendorff_alpha, {"ordered": True}),
]


def coded(seed, coders=2, missing=0.0):
    """Return made codes of several coders for 5 to 60 units, some missing, who agree more or less."""
    draw = np.random.default_rng(seed)
    units, scale = draw.integers(5, 61), np.arange(draw.integers(2, 7)) - 2
    truth = draw.choice(scale, units)
    skill = draw.uniform(0, 0.95)
    lists = []
    for _ in range(coders):
        codes = np.where(draw.random(units) < skill, truth, draw.choice(scale, units)).tolist()
        lists.append([None if draw.random() < missing else code for code in codes])
    return lists


def task(coders, distance):
    """Return the reference: nltk's AnnotationTask of the same codes."""
    triples = [
        (f"coder{name}", f"unit{unit}", code)
        for name, codes in enumerate(coders)
        for unit, code in enumerate(codes)
        if code is not None
    ]
    return AnnotationTask(triples, distance=distance)


def pairable(coders):
    """Return the codes that share their unit with another."""
    units = [[code for code in unit if code is not None] for unit in zip(*coders, strict=True)]
    return [code for unit in units if len(unit) > 1 for code in unit]


def ordinal_distance(coders):
    """Return Krippendorff's ordinal distance, written as in his formula: the codes given between two, squared."""
    codes = pairable(coders)
    count = {code: codes.count(code) for code in set(codes)}

    def distance(one, other):
        low, high = sorted((one, other))
        between = sum(number for code, number in count.items() if low <= code <= high)
        return (between - (count[low] + count[high]) / 2) ** 2

    return distance


# --- against the reference --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(200))
def test_the_reference_says_the_same(seed):
    """What one coder did not code is left out."""
    first, second = coded(seed, missing=0.2 * (seed % 2))
    both = [pair for pair in zip(first, second, strict=True) if None not in pair]
    assert exact_share(first, second) == pytest.approx(sum(one == two for one, two in both) / len(both))
    assert cohen_kappa(first, second) == pytest.approx(
        task(zip(*both, strict=True), binary_distance).kappa(), abs=1e-12
    )
    weighted = task(zip(*both, strict=True), lambda one, other: abs(one - other)).weighted_kappa()
    assert cohen_kappa(first, second, ordered=True) == pytest.approx(weighted, abs=1e-12)

    coders = coded(seed, coders=2 + seed % 4, missing=0.3)
    for ordered, distance in [(False, binary_distance), (True, ordinal_distance(coders))]:
        alpha = task(coders, distance).alpha()
        if len(set(pairable(coders))) == 1:
            # Where one code is all there is, the reference says 1 and we say undefined.
            assert alpha == 1
            alpha = math.nan
        assert krippendorff_alpha(*coders, ordered=ordered) == pytest.approx(alpha, abs=1e-12, nan_ok=True)


# --- published examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("ordered", "alpha"), [(False, 0.743), (True, 0.815)])
def test_krippendorff_2011_with_missing_data(ordered, alpha):
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units.
    none = None
    coders = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
        [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
    ]
    assert round(krippendorff_alpha(*coders, ordered=ordered), 3) == alpha


def test_krippendorff_2011_two_observers():
    # The same paper, examples A (binary, 10 units) and B (nominal, 12 units).
    assert round(krippendorff_alpha([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), 3) == 0.095
    assert round(krippendorff_alpha(list("aabbdcccedda"), list("babbbccceddd")), 3) == 0.692


def test_cohen_1960():
    # Cohen (1960), 200 cases: the two judges agree on 70%, kappa is .492.
    cells = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(row, column) for row in range(3) for column in range(3) for _ in range(cells[row][column])]
    first, second = zip(*pairs, strict=True)
    assert exact_share(first, second) == 0.7
    assert round(cohen_kappa(first, second), 3) == 0.492


# --- the degenerate is said ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_one_code_throughout_is_undefined():
    codes = ["none"] * 5
    assert exact_share(codes, codes) == 1
    assert math.isnan(cohen_kappa(codes, codes))
    assert math.isnan(krippendorff_alpha(codes, codes, codes))
    assert math.isnan(krippendorff_alpha([1, 1], [1, 1], ordered=True))
    assert math.isnan(cohen_kappa([0, 0], [0, 0], ordered=True))


def test_one_coder_with_one_code_has_kappa_0_however_often_they_agree():
    assert cohen_kappa(["none"] * 10, ["none"] * 9 + ["mixed"]) == 0


@pytest.mark.parametrize("gap", [None, math.nan, np.float64("nan"), pd.NA, pd.NaT])
def test_missing_is_told_in_every_way_that_a_table_tells_it(gap):
    assert exact_share(["a", "b", "b", "a", "b", "a"], ["a", "a", "b", "b", gap, gap]) == 0.5
    assert exact_share(pd.Series([1, None, -2], dtype="Int64"), np.array([1.0, 1.0, np.nan])) == 1


def test_lists_of_unequal_length_are_not_compared():
    with pytest.raises(ValueError, match="same length"):
        exact_share(["a", "b"], ["a"])


# --- the interval -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("measure", "options"), MEASURES)
def test_the_interval_is_what_counting_by_hand_gives(measure, options):
    first, second = coded(11)
    units = len(first)
    drawn = np.random.default_rng(coefficients.SEED).multinomial(units, np.full(units, 1 / units), size=1000)
    values = [measure(np.repeat(first, times), np.repeat(second, times), **options) for times in drawn]
    found = bootstrap_interval(measure, first, second, **options)
    assert (found.low, found.high) == pytest.approx(tuple(np.nanquantile(values, [0.025, 0.975])))
    assert found.estimate == measure(first, second, **options)
    assert found[3:] == (1000, 0)


def test_the_same_seed_gives_the_same_interval_in_blocks_too(monkeypatch):
    first, second = coded(7)
    whole = bootstrap_interval(krippendorff_alpha, first, second, ordered=True)
    assert whole == bootstrap_interval(krippendorff_alpha, first, second, ordered=True)
    monkeypatch.setattr(coefficients, "_BLOCK", 100)
    assert whole == pytest.approx(bootstrap_interval(krippendorff_alpha, first, second, ordered=True))


def test_missing_codes_are_not_drawn():
    coders = coded(4, coders=3, missing=0.5)
    pairable_units = [unit for unit in zip(*coders, strict=True) if sum(code is not None for code in unit) > 1]
    assert 0 < len(pairable_units) < len(coders[0])
    whole, rest = (
        bootstrap_interval(krippendorff_alpha, *lists) for lists in (coders, zip(*pairable_units, strict=True))
    )
    assert whole == rest


def test_undefined_resamples_are_counted_and_left_out():
    # With one unit in ten coded otherwise, (9/10)^10 = 35% of resamples hold one code alone.
    codes = ["none"] * 9 + ["mixed"]
    found = bootstrap_interval(cohen_kappa, codes, codes)
    assert 300 < found.undefined < 400
    assert (found.low, found.estimate, found.high) == (1, 1, 1)


def test_an_interval_that_cannot_be_is_nan():
    alone = bootstrap_interval(exact_share, ["a"], ["a"])
    assert alone.estimate == 1 and math.isnan(alone.low) and math.isnan(alone.high)
    constant = bootstrap_interval(cohen_kappa, ["a", "a"], ["a", "a"])
    assert constant.undefined == 1000 and all(map(math.isnan, constant[:3]))
    assert all(map(math.isnan, bootstrap_interval(krippendorff_alpha, ["a", None], [None, "a"])[:3]))
