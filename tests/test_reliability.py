"""The published figures of reliability are those that data/recodings.csv gives, on the page and in the module."""

import csv
import math
import random
from functools import cache

import pytest

from nhsreform.data import tables
from nhsreform.errors import PackError
from nhsreform.publish import generated_files
from nhsreform.reliability import codebook_page, coefficients, studies
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "data" / "codebook.md"
FIELDS = ("position", "strength", "about", "kind")
KEYS = ("study", "round", "field", "codes")


def raw(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pick(figures, field, study="second reader", number=1, codes="all"):
    wanted = (study, number, field, codes)
    return next(row for row in figures if tuple(row[key] for key in KEYS) == wanted)


@cache
def measured():
    return studies.figures()


def figure(*arguments, **options):
    return pick(measured(), *arguments, **options)


@pytest.fixture
def page(monkeypatch):
    """The page as build writes it, from the figures measured once: a bootstrap takes seconds."""
    monkeypatch.setattr(studies, "figures", measured)
    return codebook_page.codebook_page()


def by_hand(study, number, field, given_away=True):
    """Return the two lists of codes, read with the standard library alone."""
    rows = [
        row
        for row in raw("recodings")
        if (row["study"], row["round"], row["field"]) == (study, str(number), field)
        and (given_away or row["given_away"] == "no")
    ]
    return [row["code"] for row in rows], [row["recoded"] for row in rows]


@pytest.mark.parametrize("study, number", studies.studies())
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("given_away", [True, False])
def test_the_figures_are_those_of_the_table(study, number, field, given_away):
    first, second = by_hand(study, number, field, given_away)
    found = figure(field, study, number, "all" if given_away else "not given away")
    same = sum(one == two for one, two in zip(first, second, strict=True))
    assert (found["claims"], found["same"]) == (len(first), same)
    assert found["exact"].estimate == pytest.approx(same / len(first))
    expected = sum(first.count(code) * second.count(code) for code in set(first)) / len(first) ** 2
    assert found["kappa"].estimate == pytest.approx((same / len(first) - expected) / (1 - expected))
    assert found["alpha"].estimate == pytest.approx(coefficients.krippendorff_alpha(first, second))
    assert found["alpha"].low <= found["alpha"].estimate <= found["alpha"].high


def test_stance_is_compared_only_where_both_gave_a_number():
    positions, strengths = by_hand("second reader", 1, "position"), by_hand("second reader", 1, "strength")
    sign = {"sceptic": -1, "enthusiast": 1, "mixed": 0}
    scales = [
        [sign[p] * int(s) if p in sign else None for p, s in zip(*coder, strict=True)]
        for coder in zip(positions, strengths, strict=True)
    ]
    found = figure("stance")
    both = [(one, two) for one, two in zip(*scales, strict=True) if one is not None and two is not None]
    assert found["claims"] == len(both)
    assert found["within_one"].estimate == sum(abs(one - two) <= 1 for one, two in both) / len(both)
    assert found["alpha"].estimate == pytest.approx(coefficients.krippendorff_alpha(*scales, level="ordinal"))


def test_side_leaves_out_only_claims_that_both_code_none():
    first, second = by_hand("second reader", 1, "position")
    kept = [(one, two) for one, two in zip(first, second, strict=True) if (one, two) != ("none", "none")]
    assert figure("side")["claims"] == len(kept)
    assert figure("side")["same"] == sum(one == two for one, two in kept)
    assert math.isnan(figure("side")["kappa"].estimate)


def test_the_intervals_are_the_same_every_time():
    assert repr(studies.figures()) == repr(measured())


def test_the_figures_of_round_1_stay_as_they_were():
    """Measured before any rule was mended; later rounds stand beside them, not in their place."""
    told = {
        (row["study"], row["field"]): (row["claims"], row["same"], round(row["kappa"].estimate, 2))
        for row in measured()
        if row["round"] == 1 and row["codes"] == "all" and row["field"] != "side"
    }
    assert told == {
        ("same coder again", "position"): (40, 39, 0.93),
        ("same coder again", "strength"): (40, 39, 0.91),
        ("same coder again", "stance"): (8, 8, 1.0),
        ("same coder again", "about"): (40, 37, 0.88),
        ("same coder again", "kind"): (40, 32, 0.76),
        ("second reader", "position"): (188, 178, 0.86),
        ("second reader", "strength"): (188, 177, 0.82),
        ("second reader", "stance"): (36, 33, 0.89),
        ("second reader", "about"): (188, 175, 0.89),
        ("second reader", "kind"): (188, 141, 0.71),
    }


def test_the_sample_is_the_one_that_was_drawn():
    drawn = random.Random(20101104).sample([row["claim_id"] for row in raw("claims")], 40)
    coded = {row["claim_id"] for row in raw("recodings") if row["study"] == "same coder again"}
    assert coded == set(drawn)


def test_forty_claims_were_given_away_in_round_1():
    given = {
        row["claim_id"]
        for row in raw("recodings")
        if (row["study"], row["round"], row["given_away"]) == ("second reader", "1", "yes")
    }
    assert len(given) == 40


def test_flipping_a_code_changes_a_figure(copy_of_data, monkeypatch):
    before = figure("position")
    path = copy_of_data / "data" / "recodings.csv"
    row = "second reader,1,joint-report-c01,position,none,none,no\n"
    text = path.read_text(encoding="utf-8")
    assert text.count(row) == 1
    path.write_text(text.replace(row, row.replace("none,none", "none,sceptic")), encoding="utf-8", newline="\n")
    tables._loaded.cache_clear()
    figures = studies.figures()
    after = pick(figures, "position")
    assert after["same"] == before["same"] - 1
    assert after["kappa"].estimate < before["kappa"].estimate
    monkeypatch.setattr(studies, "figures", lambda: figures)
    assert codebook_page.codebook_page() != PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_build_writes(page):
    assert PAGE.read_text(encoding="utf-8") == page, "run: nhsreform build"


def test_a_stale_page_is_told(page):
    files = {"data/codebook.md": page}
    assert generated_files.stale(files, ROOT) == []
    assert generated_files.stale({"data/codebook.md": files["data/codebook.md"] + "more\n"}, ROOT) == [
        "data/codebook.md"
    ]


def test_the_numbers_on_the_page_are_those_computed():
    titles = {codebook_page.MEASURED_TITLES.get(field, field): field for field in studies.MEASURED}
    shown = {}
    codes = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("### Figures"):
            codes = "all" if "all claims" in line else "not given away"
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if codes and len(cells) == 9 and cells[0] in titles:
            shown[cells[1], int(cells[2]), titles[cells[0]], codes] = cells[3:]
    for row in measured():
        printed = shown.pop(tuple(row[key] for key in KEYS), None)
        if printed is None:
            assert (
                row["codes"] == "not given away"
                and row["claims"] == figure(row["field"], row["study"], row["round"])["claims"]
            )
            continue
        assert printed[:2] == [str(row["claims"]), str(row["same"])]
        for cell, name in zip(printed[2:], ("exact", "within_one", "kappa", "alpha"), strict=True):
            value = row[name]
            if math.isnan(value.estimate):
                assert cell == "\u2013"
            else:
                assert cell == f"{value.estimate:.2f} ({value.low:.2f} to {value.high:.2f})"
    assert shown == {}


def test_a_confusion_table_counts_every_pair():
    for study, number in studies.studies():
        for field in ("position", "stance", "about", "kind"):
            found = studies.crossed(study, number, field)
            row = figure(field, study, number)
            assert found.matrix.sum() == row["claims"]
            assert found.matrix.trace() == row["same"]


def test_every_rule_and_theme_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    for row in raw("codebook"):
        assert f"### `{row['code']}`: {row['label']}\n\n{row['rule']}\n" in page
        assert row["borderline_reason"] in page
    for row in raw("themes"):
        assert row["definition"] in page and row["borderline_reason"] in page


def test_the_page_names_where_every_second_reading_differs_alike():
    codes = {
        number: {row.claim_id: row for row in studies.pairs("second reader", number, "position").itertuples()}
        for number in (1, 2)
    }
    alike = [
        claim_id
        for claim_id, row in codes[2].items()
        if row.recoded == codes[1][claim_id].recoded and row.code == codes[1][claim_id].code != row.recoded
    ]
    line = next(
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("All second readings differ")
    )
    assert [claim_id for claim_id in codes[1] if claim_id in line] == alike


def test_the_page_says_who_coded():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert "Both coders are sessions of a large language model" in page
    assert "likely to flatter" in page
    assert "No human reader has coded the claims independently" in page


def test_the_page_is_right_about_the_strong_sceptics():
    claims = tables.table("claims")
    strong = claims[(claims.position == "sceptic") & (claims.strength == 2) & claims.asserted]
    assert ("no asserted claim is strongly sceptic" in PAGE.read_text(encoding="utf-8")) == strong.empty


@pytest.mark.parametrize("field", ["position", "about", "kind"])
def test_every_disagreement_is_mended_or_named(field):
    """The strength that goes with another position is named with it."""
    assert set(studies.disagreements(field).outcome) == {"mended", "named"}


def test_what_the_page_says_of_the_mending_holds():
    before = {field: figure(field, codes="not given away")["alpha"] for field in FIELDS}
    after = {field: figure(field, number=2)["alpha"] for field in FIELDS}
    assert after["kind"].low > before["kind"].high
    assert after["position"].estimate > before["position"].estimate
    assert after["about"].estimate < before["about"].high
    assert abs(after["about"].estimate - before["about"].estimate) < 0.01


def test_no_code_was_given_away_in_round_2():
    assert not [row for row in raw("recodings") if (row["round"], row["given_away"]) == ("2", "yes")]


def test_mended_lists_what_claims_no_longer_hold():
    now = {row["claim_id"]: row for row in raw("claims")}
    changed = {
        (row["claim_id"], row["field"])
        for row in raw("recodings")
        if row["round"] == "1" and now[row["claim_id"]][row["field"]] != row["code"]
    }
    assert {(row.claim_id, row.field) for row in studies.mended().itertuples()} == changed


def test_unknown_names_list_the_nearest():
    with pytest.raises(PackError, match="Did you mean position"):
        studies.labels("positions")
    with pytest.raises(PackError, match="There are: same coder again 1"):
        studies.pairs("third reader", 1, "kind")
    with pytest.raises(PackError, match="no column"):
        studies.disagreements("stance")
