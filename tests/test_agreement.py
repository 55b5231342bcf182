"""The agreement measures against a reference implementation, published examples and their own laws."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import AnnotationTask, binary_distance, interval_distance

from nhsreform.errors import PackError
from nhsreform.reliability import coefficients
from nhsreform.reliability.coefficients import (
    bootstrap_interval,
    cohen_kappa,
    confusion,
    exact_share,
    krippendorff_alpha,
    within_one_share,
)

MEASURES = [
    (exact_share, {}),
    (within_one_share, {}),
    (cohen_kappa, {}),
    (cohen_kappa, {"weights": "linear"}),
    (cohen_kappa, {"weights": "quadratic"}),
    (krippendorff_alpha, {}),
    (krippendorff_alpha, {"level": "ordinal"}),
    (krippendorff_alpha, {"level": "interval"}),
]
each_measure = pytest.mark.parametrize(("measure", "options"), MEASURES)


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
    first, second = coded(seed)
    reference = {
        None: task([first, second], binary_distance).kappa(),
        "linear": task([first, second], lambda one, other: abs(one - other)).weighted_kappa(),
        "quadratic": task([first, second], interval_distance).weighted_kappa(),
    }
    for weights, kappa in reference.items():
        assert cohen_kappa(first, second, weights=weights) == pytest.approx(kappa, abs=1e-12)

    coders = coded(seed, coders=2 + seed % 4, missing=0.3)
    for level, distance in [
        ("nominal", binary_distance),
        ("ordinal", ordinal_distance(coders)),
        ("interval", interval_distance),
    ]:
        alpha = task(coders, distance).alpha()
        if len(set(pairable(coders))) == 1:
            # Where one code is all there is, the reference says 1 and we say undefined.
            assert alpha == 1
            alpha = math.nan
        assert krippendorff_alpha(*coders, level=level) == pytest.approx(alpha, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("seed", range(20))
def test_shares_and_kappa_leave_out_what_one_coder_did_not_code(seed):
    first, second = coded(seed, missing=0.2)
    both = [(one, two) for one, two in zip(first, second, strict=True) if one is not None and two is not None]
    assert exact_share(first, second) == pytest.approx(sum(one == two for one, two in both) / len(both))
    assert within_one_share(first, second) == pytest.approx(sum(abs(one - two) <= 1 for one, two in both) / len(both))
    assert cohen_kappa(first, second) == pytest.approx(
        task(zip(*both, strict=True), binary_distance).kappa(), abs=1e-12
    )


# --- published examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_2011_with_missing_data(level, alpha):
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units.
    none = None
    coders = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
        [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
    ]
    assert round(krippendorff_alpha(*coders, level=level), 3) == alpha


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
    assert confusion(first, second).matrix.tolist() == cells


# --- laws -------------------------------------------------------------------------------------------------

pairs_of_codes = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=30)


# No time limit for an example: other work may share the machine.
unhurried = settings(deadline=None)


def same(one, other):
    return one == pytest.approx(other, abs=1e-9, nan_ok=True)


@each_measure
@unhurried
@given(codes=st.lists(st.integers(-2, 2), min_size=2, max_size=30).filter(lambda codes: len(set(codes)) > 1))
def test_perfect_agreement_is_1(measure, options, codes):
    assert measure(codes, codes, **options) == 1


@each_measure
@unhurried
@given(pairs=pairs_of_codes)
def test_the_coders_may_change_places_and_the_units_too(measure, options, pairs):
    first, second = zip(*pairs, strict=True)
    value = measure(first, second, **options)
    assert same(value, measure(second, first, **options))
    assert same(value, measure(first[::-1], second[::-1], **options))
    assert math.isnan(value) or value <= 1


@unhurried
@given(pairs=pairs_of_codes, names=st.permutations(["v", "w", "x", "y", "z"]))
def test_names_do_not_matter_where_codes_have_no_order(pairs, names):
    first, second = zip(*pairs, strict=True)
    renamed = [[names[code + 2] for code in codes] for codes in (first, second)]
    for measure in (exact_share, cohen_kappa, krippendorff_alpha):
        assert same(measure(first, second), measure(*renamed))


@unhurried
@given(pairs=pairs_of_codes)
def test_an_order_makes_text_as_good_as_numbers(pairs):
    order = ["v", "w", "x", "y", "z"]
    first, second = zip(*pairs, strict=True)
    named = [[order[code + 2] for code in codes] for codes in (first, second)]
    for measure, options in MEASURES[1:]:
        assert same(measure(first, second, **options), measure(*named, **options, **{"order": order}))


@unhurried
@given(pairs=pairs_of_codes)
def test_a_scale_stretched_changes_ordinal_nothing_and_interval_nothing(pairs):
    first, second = np.array(pairs).T
    for level in ("ordinal", "interval"):
        value = krippendorff_alpha(first, second, level=level)
        assert same(value, krippendorff_alpha(10 * first + 3, 10 * second + 3, level=level))
    assert same(
        krippendorff_alpha(first, second, level="ordinal"), krippendorff_alpha(first**3, second**3, level="ordinal")
    )


def test_a_coder_who_codes_nothing_changes_nothing():
    first, second = coded(3)
    silent = [None] * len(first)
    assert krippendorff_alpha(first, silent, second) == krippendorff_alpha(first, second)


# --- the degenerate is said ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_one_code_throughout_is_undefined():
    codes = ["none"] * 5
    assert exact_share(codes, codes) == 1
    assert math.isnan(cohen_kappa(codes, codes))
    assert math.isnan(krippendorff_alpha(codes, codes, codes))
    assert math.isnan(krippendorff_alpha([1, 1], [1, 1], level="ordinal"))
    assert math.isnan(cohen_kappa([0, 0], [0, 0], weights="quadratic"))
    # A code that was allowed and never used makes it no better.
    assert math.isnan(cohen_kappa(codes, codes, order=["none", "mixed"]))


def test_one_coder_with_one_code_has_kappa_0_however_often_they_agree():
    assert cohen_kappa(["none"] * 10, ["none"] * 9 + ["mixed"]) == 0


def test_missing_is_told_in_every_way_that_a_table_tells_it():
    codes = ["a", "b", "b", "a", "b", "a"]
    for gap in (None, math.nan, np.float64("nan"), pd.NA, pd.NaT, ""):
        assert confusion(codes, ["a", "a", "b", "b", gap, gap]).left_out == 2
    stances = pd.Series([1, None, -2], dtype="Int64")
    assert confusion(stances, np.array([1.0, 1.0, np.nan])).left_out == 2


def test_yes_and_no_are_codes():
    assert exact_share([True, False], np.array([True, True])) == 0.5


# --- the interval -------------------------------------------------------------------------------------------


@each_measure
def test_the_interval_is_what_counting_by_hand_gives(measure, options):
    first, second = coded(11)
    units = len(first)
    drawn = np.random.default_rng(5).multinomial(units, np.full(units, 1 / units), size=200)
    values = [measure(np.repeat(first, times), np.repeat(second, times), **options) for times in drawn]
    found = bootstrap_interval(measure, first, second, resamples=200, confidence=0.9, seed=5, **options)
    assert (found.low, found.high) == pytest.approx(tuple(np.nanquantile(values, [0.05, 0.95])))
    assert found.estimate == measure(first, second, **options)
    assert found[3:] == (0.9, 200, 0, units)


def test_the_same_seed_gives_the_same_interval_in_blocks_too(monkeypatch):
    first, second = coded(7)
    whole = bootstrap_interval(krippendorff_alpha, first, second, level="ordinal")
    assert whole == bootstrap_interval(krippendorff_alpha, first, second, level="ordinal")
    assert whole != bootstrap_interval(krippendorff_alpha, first, second, level="ordinal", seed=1)
    monkeypatch.setattr(coefficients, "_BLOCK", 100)
    assert whole == pytest.approx(bootstrap_interval(krippendorff_alpha, first, second, level="ordinal"))


def test_most_intervals_hold_their_estimate():
    held = total = 0
    for seed in range(60):
        coders = coded(seed)
        for measure, options in MEASURES:
            found = bootstrap_interval(measure, *coders, resamples=200, **options)
            held += found.low <= found.estimate <= found.high
            total += 1
    assert held / total > 0.99


def test_most_intervals_hold_the_truth():
    # 300 samples of 80 units from coders who agree on 7 in 10: the 95% interval should miss about 1 in 20.
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        agreed = draw.random(80) < 0.7
        found = bootstrap_interval(exact_share, np.ones(80), np.where(agreed, 1, 2), resamples=300)
        held += found.low <= 0.7 <= found.high
    assert 0.90 < held / 300 < 0.98


def test_missing_codes_are_not_drawn():
    coders = coded(4, coders=3, missing=0.5)
    units = sum(sum(code is not None for code in unit) > 1 for unit in zip(*coders, strict=True))
    found = bootstrap_interval(krippendorff_alpha, *coders)
    assert found.units == units < len(coders[0])


def test_undefined_resamples_are_counted_and_left_out():
    # With one unit in ten coded otherwise, (9/10)^10 = 35% of resamples hold one code alone.
    codes = ["none"] * 9 + ["mixed"]
    found = bootstrap_interval(cohen_kappa, codes, codes)
    assert 300 < found.undefined < 400
    assert (found.low, found.estimate, found.high) == (1, 1, 1)


def test_an_interval_that_cannot_be_is_nan():
    alone = bootstrap_interval(exact_share, ["a"], ["a"])
    assert alone.estimate == 1 and math.isnan(alone.low) and math.isnan(alone.high)
    constant = bootstrap_interval(cohen_kappa, ["a", "a"], ["a", "a"], resamples=50)
    assert constant.undefined == 50 and all(map(math.isnan, constant[:3]))


# --- mistakes are explained -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: exact_share(["a", "b"], ["a"]), "they have 2, 1 codes"),
        (lambda: exact_share([], []), "no unit has a code from both coders"),
        (lambda: cohen_kappa(["a", None], [None, "a"]), "no unit has a code from both coders"),
        (lambda: krippendorff_alpha(["a", ""], [None, "a"]), "no unit has codes from two coders"),
        (lambda: krippendorff_alpha([], []), "no unit has codes from two coders"),
        (lambda: krippendorff_alpha([None], [""]), "no unit has codes from two coders"),
        (lambda: krippendorff_alpha([["a", "b"], ["a", "b"]]), r"put a star before it: krippendorff_alpha\(\*coders\)"),
        (lambda: exact_share("sceptic", "mixed"), "must be a list with one code for each unit, not of type str"),
        (lambda: exact_share({"a": 1}, ["a"]), "not of type dict"),
        (lambda: exact_share(3, 4), "not of type int"),
        (lambda: exact_share([["a"]], [["a"]]), "must be text or a number"),
        (lambda: exact_share([math.inf], [1]), "finite"),
        (lambda: exact_share([1, 2], ["1", "2"]), r"mix text \('1'\) and numbers \(1\)"),
        (lambda: within_one_share(["low"], ["high"]), r"order=\['high', 'low'\]"),
        (lambda: cohen_kappa(["a"], ["b"], weights="linear"), "cohen_kappa with linear weights needs codes in order"),
        (lambda: krippendorff_alpha(["a"], ["b"], level="ordinal"), "at the ordinal level needs codes in order"),
        (lambda: confusion(["a"], ["b"], order=["a"]), "'b' is not in the order given: a"),
        (lambda: confusion(["a"], ["b"], order=["a", "b", "a"]), "names each code once"),
        (lambda: confusion(["a"], ["b"], order="ab"), "must be a list"),
        (lambda: cohen_kappa([1], [2], weights="squared"), "Known: linear, quadratic"),
        (lambda: krippendorff_alpha([1], [2], level="ordinel"), "Did you mean ordinal"),
        (lambda: bootstrap_interval(max, [1], [2]), "No interval is known for 'max'"),
        (lambda: bootstrap_interval(exact_share, [1], [2], resamples=0), "resamples must be 1 or more"),
        (lambda: bootstrap_interval(exact_share, [1], [2], confidence=95), "between 0 and 1"),
        (lambda: bootstrap_interval(exact_share, [1], [2], level="ordinal"), "exact_share cannot be called so"),
        (lambda: bootstrap_interval(cohen_kappa, [1]), "missing a required argument: 'second'"),
    ],
)
def test_a_mistake_is_explained(call, told):
    with pytest.raises(PackError, match=told):
        call()
