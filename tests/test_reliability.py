"""Two codings compared: the same way for the pack's own studies and for a learner's coding."""

import math

import pandas as pd
import pytest
from nltk.metrics.agreement import AnnotationTask

import nhsreform as nr
from nhsreform.data.stances import codings, stance
from nhsreform.errors import PackError
from nhsreform.reliability import studies
from nhsreform.reliability.codebook_page import codebook_page, figure_text

P, E, B = "principle", "engagement", "budgets-and-risk"


def coded(*rows):
    table = pd.DataFrame(
        [(claim, theme, position, strength, "") for claim, theme, position, strength in rows],
        columns=["claim_id", "theme", "position", "strength", "alternative_reading"],
    )
    table["stance"] = stance(table)
    return table


ONE = coded(
    ("c1", P, "enthusiast", 2), ("c2", E, "sceptic", 1), ("c2", B, "enthusiast", 1), ("c3", B, "none", 0), ("c4", E, "mixed", 0),
)  # fmt: skip
OTHER = coded(
    ("c1", P, "enthusiast", 1), ("c2", B, "sceptic", 1), ("c3", E, "sceptic", 1), ("c4", E, "sceptic", 2), ("c9", P, "none", 0),
)  # fmt: skip


def test_claims_are_paired_on_a_question_that_both_saw():
    pairs = studies.paired(ONE, OTHER).set_index("claim_id")
    assert pairs.index.tolist() == ["c1", "c2", "c3", "c4"]
    assert pairs.shared.tolist() == [P, B, "", E]
    assert pairs.loc["c2", ["position_1", "position_2"]].tolist() == ["enthusiast", "sceptic"]
    assert pairs.loc["c2", ["theme_1", "theme_2"]].tolist() == [E, B]
    assert pd.isna(pairs.position_1["c3"])


@pytest.mark.parametrize(
    "field, first, second",
    [
        ("theme", [P, E, B, E], [P, B, E, E]),
        ("position", ["enthusiast", "enthusiast", "mixed"], ["enthusiast", "sceptic", "sceptic"]),
        ("side", [1, 1, 0], [1, -1, -1]),
        ("stance", [2, 1, 0], [1, -1, -2]),
        ("theme and position", [f"{P}: enthusiast", f"{E}: sceptic", f"{B}: none", f"{E}: mixed"],
         [f"{P}: enthusiast", f"{B}: sceptic", f"{E}: sceptic", f"{E}: sceptic"]),
    ],
)  # fmt: skip
def test_what_is_compared(field, first, second):
    assert [list(codes) for codes in studies.codes(ONE, OTHER, field)] == [first, second]


def test_taking_no_side_is_no_place_on_the_scale():
    assert studies.codes(coded(("c1", P, "none", 0)), coded(("c1", P, "sceptic", 2)), "stance") == ([], [])
    assert studies.codes(coded(("c1", P, "none", 0)), coded(("c1", P, "sceptic", 2)), "side") == ([0], [-1])


def test_the_figures_are_those_of_an_independent_reckoning():
    one, other = studies.compared(studies.studies()[-1])
    first, second = studies.codes(one, other, "position")
    task = AnnotationTask(
        [(who, place, code) for who, codes in (("a", first), ("b", second)) for place, code in enumerate(codes)]
    )
    result = next(each for each in studies.agreement(one, other) if each.field == "position")
    assert result.kappa.estimate == pytest.approx(task.kappa()) and result.alpha.estimate == pytest.approx(task.alpha())
    assert result.same == sum(a == b for a, b in zip(first, second, strict=True)) and result.claims == len(first)


def test_nothing_in_common_is_undefined_and_not_nought():
    result = studies.agreement(coded(("c1", P, "none", 0)), coded(("c1", E, "none", 0)), ["position"])[0]
    assert result.claims == 0 and math.isnan(result.kappa.estimate)


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(PackError, match="Did you mean theme"):
        studies.codes(ONE, OTHER, "themes")


def test_every_study_covers_every_claim_of_its_time():
    claims = set(nr.table("claims").claim_id)
    for study in studies.studies():
        for coder in (study.one, study.other):
            assert set(codings(coder).claim_id) == claims, coder


def test_claims_given_away_are_in_no_figure():
    for study in studies.studies():
        hidden = studies.given_away(study)
        assert hidden, study.title
        one, other = studies.compared(study)
        assert not hidden & {*one.claim_id, *other.claim_id}


def test_a_disagreement_is_named_or_open():
    rows = pd.concat([studies.disagreements(1), studies.disagreements(2)])
    ours = codings().set_index(["claim_id", "theme"])
    assert set(rows.outcome) <= {"named", "open"} and len(rows)
    for row in rows.itertuples():
        assert row.ours == ours.position[row.claim_id, row.theme] != row.theirs
        assert (row.outcome == "named") == (
            f"position={row.theirs}:" in ours.alternative_reading[row.claim_id, row.theme]
        )


def test_the_page_prints_the_figures_that_are_computed():
    page = codebook_page()
    for study, result in studies.figures():
        line = f"| {study.round} | {study.title} | {result.claims} | {result.same} | {figure_text(result.exact)} |"
        assert line in page


def test_what_the_page_says_of_its_aim_and_of_round_2_holds():
    told = " ".join(codebook_page().split())
    assert (
        "a kappa of 0.75 for the main question and of 0.8 for the position. Every pair of coders reached both" in told
    )
    assert "On the main question round 2 agreed no better than round 1" in told
    kappas = {(study.round, result.field, study.title): result.kappa for study, result in studies.figures()}
    for (_, field, title), kappa in kappas.items():
        assert kappa.low >= {"theme": 0.75, "position": 0.8, "side": 0.8}.get(field, 0), (field, title)
    first, second = (
        [each.estimate for (at, field, _), each in kappas.items() if (at, field) == (number, "theme")]
        for number in (1, 2)
    )
    assert sum(second) <= sum(first) and len(first) == len(second)
    bills = nr.table("codings", claim_id="pct-managers-c23").set_index("coder").theme
    assert sorted(bills) == [B] * 3 + ["collaboration-with-hospitals"] * 2 and bills["reference"] == B
    assert "where two of the four readers put" in told


def test_the_rules_for_positions_show_no_claim_that_is_to_be_coded():
    """A learner reads them before coding: the example of a position would give its code away."""
    codebook, themes = nr.table("codebook"), nr.table("themes")
    rules = codebook[codebook.field.isin(["position", "strength"])]
    shown = {*rules.example_claim, *rules.borderline_claim}
    for column in ("example_yes", "example_no", "borderline_yes", "borderline_no"):
        shown |= {*themes[column]}
    assert shown & {*nr.table("claims", coder_set=True).claim_id} == set()


def test_other_rules_move_what_they_change_and_nothing_else():
    counts = nr.other_rules().set_index("rule")
    ours, sides = counts.loc["our rules"], counts.columns[1:]
    answers = codings()
    answers = answers[answers.claim_id.isin(nr.claims().claim_id)]
    for group in ("principle", "practice"):
        found = answers[answers.group == group].position.value_counts()
        assert (ours[f"{group}_no"], ours[f"{group}_yes"]) == (found["sceptic"], found["enthusiast"])
    assert (counts[sides].sum(axis=1) == len(answers)).all()
    changes = nr.table("rule_variants").query("claim_id in @answers.claim_id").variant.value_counts()
    for rule, row in counts.iloc[1:].iterrows():
        assert row.changed == changes[rule.replace(" ", "-")] == (row[sides] - ours[sides]).clip(lower=0).sum()
    assert nr.other_rules("needs-count-as-doubt").rule.tolist() == ["our rules", "needs count as doubt"]
    with pytest.raises(PackError, match="Did you mean needs-count-as-doubt"):
        nr.other_rules("needs-count-as-doubts")


def test_what_notebook_06_says_of_other_rules_holds():
    """Under each, far more yes than no on the principle, and more no than yes on the practice; one turns the joint report."""
    counts = nr.other_rules()
    assert (counts.principle_yes > 5 * counts.principle_no).all() and (counts.practice_no > counts.practice_yes).all()
    release = codings().query("claim_id.str.startswith('joint-report')").set_index(["claim_id", "theme"]).position
    turned = []
    for variant, changes in nr.table("rule_variants").groupby("variant"):
        then = {**release, **{(row.claim_id, row.theme): row.position_then for row in changes.itertuples()}}
        said = [position for (claim_id, _), position in then.items() if claim_id.startswith("joint-report")]
        if said.count("sceptic") >= said.count("enthusiast"):
            turned.append(variant)
    assert turned == ["needs-count-as-doubt"]
