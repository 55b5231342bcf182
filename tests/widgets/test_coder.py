"""The coder without a browser: blind until locked, kept at once, compared honestly."""

from __future__ import annotations

import csv
import json
import re

import pytest
from ipywidgets.embed import dependency_state

import nhsreform as nr
from nhsreform.checkout import forget
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.debate.card import stance_of
from nhsreform.errors import PackError
from nhsreform.reliability.coefficients import cohen_kappa, krippendorff_alpha
from nhsreform.text.html_clean import soup_of
from nhsreform.widgets.coder import comparison
from nhsreform.widgets.coder.coder import claim_html
from nhsreform.widgets.coder.comparison import (
    CHOICES,
    FEWEST,
    Saved,
    alternatives,
    coder_items,
    codes_seen,
    coefficients,
    compare,
    named,
    read_coding,
)
from nhsreform.widgets.shared import widget as base
from nhsreform.work import store
from tests.widgets import ESCAPED, HOSTILE, html_said

pytestmark = pytest.mark.usefixtures("work_folder")


def ids():
    return [item["claim_id"] for item in coder_items()]


def ours_of(claim_id):
    """Our answer to the claim's main question."""
    rows = codings()
    return rows[rows.main].set_index("claim_id").loc[claim_id]


def our_code(claim_id):
    row = ours_of(claim_id)
    return stance_of(row.position, int(row.strength)).key


def coding(codes, reason=""):
    return {claim_id: {"code": code, "reason": reason} for claim_id, code in codes.items()}


def choose(coder, number, reason=None):
    """Code the claim that is shown, as the keys do."""
    coder._key(str(number))
    if reason is not None:
        coder._form_of(coder._at).children[1].value = reason


def coded(name="my-coding", count=None):
    coder = nr.coder(name)
    for place in range(count or len(coder.items)):
        choose(coder, place % 6 + 1)
        coder._go_next()
    return coder


def locked(name="my-coding"):
    coder = coded(name)
    coder._lock.click()
    return coder


def sent(widget):
    """Everything the browser is told of a widget and all that it holds, as one text."""
    state = dependency_state(widget, drop_defaults=False)
    return re.sub("[0-9a-f]{32}", "", json.dumps(state, ensure_ascii=False))


# --- what is coded -----------------------------------------------------------------------------------


def test_codes_the_claims_kept_back_in_one_neutral_order():
    claims = table("claims")
    assert sorted(ids()) == sorted(claims[claims.coder_set].claim_id)
    assert ids() == ids()
    sources = [item["source_id"] for item in coder_items()]
    assert sources != sorted(sources)
    ours = [our_code(claim_id) for claim_id in ids()]
    assert ours != sorted(ours)


def test_the_words_stand_in_the_text_with_their_context():
    claims = table("claims").set_index("claim_id")
    for item in coder_items():
        text = nr.source(item["source_id"]).text
        assert item["words"] == claims.exact[item["claim_id"]]
        assert item["before"].split("\n")[-1] + item["words"] + item["after"] in text
        assert item["before"] or item["after"]


def test_no_contact_detail_is_context():
    told = json.dumps(coder_items())
    assert "@" not in told
    assert not re.search(r"0\d{10}|020 7", told)


def test_the_six_codes():
    assert [choice.token for choice in CHOICES.values()] == ["\u2212\u2212", "\u2212", "\u00b1", "+", "++", "\u25cb"]
    assert [choice.stance for choice in CHOICES.values()] == [-2, -1, 0, 1, 2, None]


# --- nothing of ours before locking --------------------------------------------------------------------


def test_what_is_shown_before_locking_does_not_depend_on_our_codes(copy_of_data):
    """Every code of the claims kept back is changed; not a byte of what is shown, sent or given changes."""

    def shown():
        coder = coded("x", FEWEST)
        told = sent(coder) + repr(coder) + coder.fallback() + json.dumps(coder.items) + repr(coder.codes)
        assert coder.result is None
        return told

    before = shown()
    kept = set(ids())

    def changed(name, change):
        file = copy_of_data / "data" / name
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        for row in rows:
            if row["claim_id"] in kept:
                change(row)
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def describe_otherwise(row):
        row |= dict.fromkeys(("paraphrase", "note", "condition"), "") | {"conditional": "none", "kind": "value"}

    def answer_otherwise(row):
        flipped = ("enthusiast", "2") if row["position"] != "enthusiast" else ("sceptic", "1")
        row["position"], row["strength"] = flipped
        row |= dict.fromkeys(("note", "alternative_reading"), "")

    changed("claims.csv", describe_otherwise)
    changed("codings.csv", answer_otherwise)
    forget()
    assert nr.claims(coder_set=True).position.isin(["enthusiast", "sceptic"]).all()
    store.put("codings", "x", None)
    assert shown() == before


def test_what_is_sent_can_be_seen():
    """Once locked, our reading is found in it."""
    reading = next(filter(None, (alternatives(ours_of(each).alternative_reading) for each in ids())))[0][2]
    assert reading in sent(locked())


# --- keeping -------------------------------------------------------------------------------------------


def test_everything_is_kept_at_once():
    coder = nr.coder()
    choose(coder, 4, "They say so.")
    kept = store.get("codings", "my-coding")
    assert kept["codes"] == {ids()[0]: {"code": "enthusiast-1", "reason": "They say so."}}
    coder._go_next()
    choose(coder, 6)
    again = nr.coder()
    assert again.codes.claim_id.tolist() == ids()[:2]
    assert again.codes.position.tolist() == ["enthusiast", "none"]
    assert again.codes.strength.tolist() == [1, 0]
    assert again.codes.stance.isna().tolist() == [False, True]
    assert again.codes.reason.tolist() == ["They say so.", ""]
    # It opens where you left off.
    assert again._at == 2
    assert "(kept" not in " ".join(store.sections()["codings"])


def test_a_reason_without_a_code_is_kept_and_not_counted():
    coder = nr.coder()
    coder._form_of(0).children[1].value = "Not sure."
    assert nr.coder()._form_of(0).children[1].value == "Not sure."
    assert len(coder.codes) == 0
    assert list(coder.codes.columns) == [
        "claim_id", "source_id", "speaker", "theme", "position", "strength", "stance", "reason",
    ]  # fmt: skip


def test_each_claim_is_asked_its_question_and_the_codes_have_the_shape_of_a_coding():
    questions = table("themes").set_index("theme").question
    coder = coded("asked", FEWEST)
    for item in coder.items:
        assert item["theme"] == ours_of(item["claim_id"]).theme
        assert item["question"] == questions[item["theme"]]
    mine = coder.codes.set_index("claim_id").theme
    assert (mine == [ours_of(claim_id).theme for claim_id in mine.index]).all()
    shown = claim_html(coder.items[0])
    for words in (coder.items[0]["question"], coder.items[0]["yes_means"], coder.items[0]["no_means"]):
        assert base.escape(words) in shown


def test_an_entry_that_arrives_late_counts_for_its_own_claim():
    """A browser far away may send the end of a reason after the click on Next."""
    coder = nr.coder()
    first = coder._form_of(0)
    coder._go_next()
    first.children[1].value = "late"
    first.children[0].value = "mixed"
    assert coder.codes.claim_id.tolist() == ids()[:1]
    assert coder.codes.reason.tolist() == ["late"]


def test_the_end_of_a_reason_that_arrives_late_leaves_the_question_open():
    coder = coded(count=12)
    coder._lock.click()
    assert coder._confirm.layout.display == ""
    coder._form_of(3).children[1].value = "typed fast"
    assert coder._confirm.layout.display == "" and coder._action is not None
    coder._form_of(3).children[0].value = "mixed"
    assert coder._confirm.layout.display == "none"


def test_the_end_of_a_reason_that_arrives_after_locking_is_kept():
    coder = coded()
    coder._form_of(3).children[1].value = "half a"
    coder._lock.click()
    coder._form_of(3).children[1].value = "half a reason"
    assert coder.codes.reason.iloc[3] == "half a reason"
    assert "half a reason" in coder._outcome.value
    again = nr.coder()
    assert again.codes.reason.iloc[3] == "half a reason"
    # Opened anew, a locked coding stays as it is.
    again._form_of(3).children[1].value = "something else"
    assert nr.coder().codes.reason.iloc[3] == "half a reason"


@pytest.mark.parametrize("kept", [{}, {"codes": []}, {"version": 1, "codes": None}])
def test_a_coding_without_codes_cannot_be_read(kept):
    saved, message = read_coding(kept, ids())
    assert "cannot be read" in message and saved == Saved({})


def test_what_can_be_read_of_a_changed_coding_is_used():
    first, second, third = ids()[:3]
    kept = {
        "version": 0,
        "codes": {
            first: {"code": "mixed", "reason": "kept"}, second: {"code": "very sceptic"}, third: {"code": "none"},
            "no-such-claim": {"code": "none"}, ids()[4]: "mixed", ids()[5]: {"code": ["none"]}, ids()[6]: {"code": "none", "reason": 3},
        },
    }  # fmt: skip
    store.put("codings", "my-coding", kept)
    coder = nr.coder()
    assert coder.codes.claim_id.tolist() == [first, third]
    assert "another version" in coder._status.value
    assert "5 of its 7 entries" in coder._status.value
    coder._go(4)
    choose(coder, 1)
    assert store.get("codings", "my-coding (kept 1)") == kept


@pytest.mark.parametrize("lock", [True, "yesterday", 5, {"a": 1}])
def test_a_lock_made_by_hand_opens_nothing(lock):
    codes = coding({claim_id: "none" for claim_id in ids()})
    store.put("codings", "my-coding", {"version": 1, "codes": codes, "locked": lock, "seen": False})
    coder = nr.coder()
    assert coder.result is None
    assert "lock cannot be read" in coder._status.value


def test_a_lock_needs_enough_codes():
    codes = coding({claim_id: "none" for claim_id in ids()[: FEWEST - 1]})
    saved, told = read_coding({"version": 1, "codes": codes, "locked": "2026-11-23"}, ids())
    assert saved.locked is None
    assert "open again" in told


def test_invisible_characters_are_left_out():
    coder = nr.coder()
    choose(coder, 1, "a\x00b\x0bc\ud83dd")
    assert coder.codes.reason[0] == "abcd"
    assert nr.coder().codes.reason[0] == "abcd"


# --- walking -------------------------------------------------------------------------------------------


def test_walking():
    coder = nr.coder()
    coder._back.click()
    assert "first claim" in coder._status.value
    coder._key("ArrowRight")
    coder._key("n")
    coder._key("p")
    assert coder._at == 1
    choose(coder, 1)
    coder._skip.click()
    assert coder._at == 2
    coder._go(len(coder.items) - 1)
    coder._next.click()
    assert "last claim" in coder._status.value
    coder._skip.click()
    assert coder._at == 0
    coder._key("9")
    coder._key("x")
    assert len(coder.codes) == 1


def test_progress_is_said():
    coder = nr.coder()
    assert "1 of 20" in coder._progress.value
    coded()
    assert "All are coded" in nr.coder()._progress.value
    coder = nr.coder("other")
    for _ in range(17):
        choose(coder, 1)
        coder._go_next()
    assert "Still without a code: 18, 19, 20." in coder._progress.value
    coder = coded("third")
    coder._skip.click()
    assert "Every claim has a code" in coder._status.value


# --- locking -------------------------------------------------------------------------------------------


def test_too_few_codes_do_not_lock():
    coder = coded(count=FEWEST - 1)
    coder._lock.click()
    assert coder.result is None
    assert f"at least {FEWEST}" in coder._status.value
    assert coder._confirm.layout.display == "none"


def test_some_codes_lock_after_a_clear_question():
    coder = coded(count=12)
    coder._lock.click()
    assert coder.result is None
    assert coder._confirm.layout.display == ""
    assert "12 of 20" in coder._asked.value
    assert "other 8" in coder._asked.value
    coder._declined()
    assert coder._confirm.layout.display == "none"
    assert nr.coder().result is None
    coder._lock.click()
    coder._yes.click()
    assert coder.result.claims == 12
    assert nr.coder().result.claims == 12


def test_a_locked_coding_does_not_change():
    coder = locked()
    before = store.get("codings", "my-coding")
    coder._key("1")
    coder._form_of(0).children[0].value = "none"
    nr.coder()._form_of(0).children[1].value = "later"
    assert store.get("codings", "my-coding") == before
    assert coder._coding.layout.display == "none"


def test_a_lock_that_cannot_be_kept_shows_nothing(monkeypatch):
    coder = coded()

    def full(*_):
        raise store.WorkError("Full.")

    monkeypatch.setattr(store, "put", full)
    coder._lock.click()
    assert coder.result is None
    assert coder._outcome.value == ""
    assert "Full." in coder._status.value


def test_starting_afresh_keeps_what_was():
    coder = locked()
    old = store.get("codings", "my-coding")
    coder._afresh.click()
    assert coder.result is not None
    coder._yes.click()
    assert coder.result is None
    assert len(coder.codes) == 0
    assert coder._outcome.value == ""
    assert store.get("codings", "my-coding (kept 1)") == old
    assert nr.coder("my-coding (kept 1)").result.claims == 20
    # The second is not blind, and says so; the first was.
    for _ in range(20):
        choose(coder, 6)
        coder._go_next()
    coder._lock.click()
    assert "not a blind one" in repr(coder.result)
    assert "not a blind one" not in repr(nr.coder("my-coding (kept 1)").result)


def test_codes_are_seen_once_any_coding_was_locked():
    coder = coded()
    assert not codes_seen()
    coder._lock.click()
    assert codes_seen()
    coder._afresh.click()
    coder._yes.click()
    store.put("codings", "my-coding (kept 1)", None)
    assert codes_seen()


# --- the comparison ------------------------------------------------------------------------------------


def test_full_agreement():
    result = compare(coding({claim_id: our_code(claim_id) for claim_id in ids()}))
    assert (result.claims, result.exact, result.side_against_none, result.also_named) == (20, 20, 0, 0)
    assert result.within_one == result.on_scale
    assert result.kappa.estimate == result.alpha.estimate == 1
    assert "same code for 20 of 20" in repr(result)
    assert "differently" not in repr(result)


def test_the_numbers_are_those_of_a_plain_count():
    keys = list(CHOICES)
    codes = {claim_id: keys[(3 * place + 1) % 6] for place, claim_id in enumerate(ids())}
    result = compare(coding(codes))
    pairs = [(CHOICES[code].stance, CHOICES[our_code(claim_id)].stance) for claim_id, code in codes.items()]
    both = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
    assert result.exact == sum(codes[claim_id] == our_code(claim_id) for claim_id in codes)
    assert result.on_scale == len(both)
    assert result.within_one == sum(abs(mine - theirs) <= 1 for mine, theirs in both)
    assert result.side_against_none == sum((mine is None) != (theirs is None) for mine, theirs in pairs)
    assert f"over {len(both)} claims" in coefficients(result)[1]
    assert result.alpha.estimate == krippendorff_alpha(*zip(*both, strict=True), ordered=True)
    assert result.kappa.estimate == cohen_kappa(codes.values(), map(our_code, codes))


def test_taking_no_side_is_never_the_middle():
    """Mixed against no side is no step apart, and not within one."""
    one = next(claim_id for claim_id in ids() if our_code(claim_id) == "none")
    result = compare(coding({one: "mixed"}))
    assert (result.on_scale, result.within_one, result.side_against_none) == (0, 0, 1)
    assert result.alpha is None
    assert "cannot be computed" in coefficients(result)[1]


def test_a_reading_we_also_name():
    sceptic, strong, mixed, none = (CHOICES[key] for key in ("sceptic-1", "sceptic-2", "mixed", "none"))
    assert named(sceptic, none, "position", "sceptic")
    assert named(strong, none, "position", "sceptic")
    assert not named(mixed, none, "position", "sceptic")
    assert named(strong, sceptic, "strength", "2")
    assert not named(CHOICES["enthusiast-2"], sceptic, "strength", "2")
    assert not named(sceptic, sceptic, "strength", "1")
    assert not named(sceptic, sceptic, "position", "sceptic")


@pytest.mark.slow
def test_every_reading_we_name_is_found_in_the_table():
    """For each claim kept back, coding it as the table's other reading says is called so."""
    tried = 0
    for claim_id in ids():
        ours = CHOICES[our_code(claim_id)]
        for field, code, _ in alternatives(ours_of(claim_id).alternative_reading):
            wanted = [
                choice.key for choice in CHOICES.values()
                if (choice.position == code if field == "position" else (choice.position, str(choice.strength)) == (ours.position, code))
            ]  # fmt: skip
            for key in wanted:
                tried += 1
                result = compare(coding({claim_id: key}))
                assert result.also_named == 1
                assert any(yours for _, yours in result.readings[claim_id])
    assert tried > 20


def test_it_says_that_ours_is_open_to_challenge():
    coder = locked()
    for told in (repr(coder.result), coder.fallback(), coder._outcome.value):
        assert "one careful coding, open to challenge" in told
    assert "Nobody should be called reliable" in coder.fallback()


def test_both_readings_stand_side_by_side():
    coder = nr.coder()
    claim_id = next(
        each for each in ids() if our_code(each) == "none" and alternatives(ours_of(each).alternative_reading)
    )
    coder._go(ids().index(claim_id))
    choose(coder, 1, "It sounds like doubt.")
    for place, each in enumerate(ids()):
        if each != claim_id:
            coder._go(place)
            choose(coder, list(CHOICES).index(our_code(each)) + 1)
    coder._lock.click()
    codebook = table("codebook").set_index(["field", "code"]).rule
    rule = ours_of(claim_id).note or codebook["position", "none"]
    reason = alternatives(ours_of(claim_id).alternative_reading)[0][2]
    for told in (coder._outcome.value, coder.fallback()):
        for words in ("It sounds like doubt.", rule, reason):
            assert base.escape(words) in told
    assert "Where we differ: 1 claim<" in coder._outcome.value
    assert coder.result.exact == 19


@pytest.mark.slow
def test_the_rule_shown_is_the_one_that_decides():
    """What decided this claim; where that is not noted, its code's rule: the strength's where the strengths alone differ."""
    codebook = table("codebook").set_index(["field", "code"]).rule
    for key, choice in CHOICES.items():
        compared = compare(coding(dict.fromkeys(ids(), key))).table.set_index("claim_id")
        for claim_id in ids():
            ours = CHOICES[our_code(claim_id)]
            only_strength = choice.position == ours.position and choice.strength != ours.strength
            wanted = ("strength", str(ours.strength)) if only_strength else ("position", ours.position)
            assert compared.our_rule[claim_id] == (ours_of(claim_id).note or codebook[wanted])


def test_the_rule_in_full_stands_in_the_rules_that_are_shown_before():
    """What decides a claim in the end can be read while coding, and every claim that is kept back has its rule."""
    assert set(comparison.DECIDED_BY) == set(ids())
    shown = [f"{label}: {rule}" for label, rule in comparison.rules()]
    # One question is how a claim without an answer is told, and that is no code to choose.
    outside = {claim_id for claim_id, (field, _) in comparison.DECIDED_BY.items() if field == "theme-choice"}
    for claim_id in ids():
        in_full = compare(coding({claim_id: "none"})).table.rule_in_full[0]
        assert in_full in shown or claim_id in outside, claim_id


def test_our_reason_is_seen_without_opening_anything():
    coder = nr.coder()
    for claim_id in ids()[:10]:
        coder._go(ids().index(claim_id))
        choose(coder, 3)
    coder._lock.click()
    coder._yes.click()
    page = soup_of(coder._outcome.value)
    for fold in page("details"):
        fold.decompose()
    differ = coder.result.table[~coder.result.table.same]
    assert len(differ) and all(row.our_rule in page.get_text() for row in differ.itertuples())


def test_to_go_on_without_a_code_is_said():
    coder = nr.coder()
    coder._next.click()
    assert "Claim 1 has no code yet." in coder._status.value
    coder._back.click()
    coder._key("ArrowRight")
    assert "Claim 1 has no code yet." in coder._status.value and coder._skip.description in coder._status.value
    choose(coder, 1)
    assert coder._status.value == ""
    coder._next.click()
    assert coder._status.value == ""
    coder._at = len(coder.items) - 1
    coder._skip.click()
    assert coder._at == 0, "round the end, back to the claim that was left"


def test_nothing_to_compare_is_said():
    with pytest.raises(PackError, match="nothing to compare"):
        compare({})
    with pytest.raises(PackError, match="nothing to compare"):
        compare({ids()[0]: {"code": None, "reason": "x"}})


def test_one_code_for_everything_is_no_agreement_measured():
    result = compare(coding({claim_id: "none" for claim_id in ids()}))
    assert result.kappa.estimate == 0
    assert "0.00" in coefficients(result)[0]
    same = compare(coding({claim_id: "none" for claim_id in ids() if our_code(claim_id) == "none"}))
    assert "cannot be computed" in coefficients(same)[0]


def test_too_few_claims_for_an_interval_is_said():
    one = next(claim_id for claim_id in ids() if our_code(claim_id).startswith("sceptic"))
    said = coefficients(compare(coding({one: "enthusiast-1"})))
    assert not any("nan" in each for each in said)
    assert "too few claims for an interval" in said[0] and "too few claims for an interval" in said[1]


# --- what it says where nothing runs ---------------------------------------------------------------------


def test_says_its_content_in_three_ways():
    for coder in (nr.coder(), coded("second", 12), locked("third")):
        assert html_said(coder).count("<tr>") == 1 + (len(coder.result.table) if coder.result else 20)


def test_the_learners_words_are_escaped():
    coder = nr.coder(HOSTILE)
    for place in range(20):
        choose(coder, place % 6 + 1, HOSTILE)
        coder._go_next()
    assert "<script" not in coder.fallback()
    assert coder.fallback().count(ESCAPED) >= 20
    coder._lock.click()
    for told in (coder.fallback(), coder._outcome.value, coder._status.value):
        assert "<script" not in told
    assert coder._outcome.value.count(ESCAPED) == 20


def test_the_lists_of_comparing_fit_the_codebook():
    """The codes to choose from are those of the codebook, no more and no fewer."""
    codebook = table("codebook")
    assert {choice.position for choice in CHOICES.values()} == set(codebook[codebook.field == "position"].code)
    assert {str(choice.strength) for choice in CHOICES.values()} == set(codebook[codebook.field == "strength"].code)
    assert all(label and rule for label, rule in comparison.rules())
    assert Saved({}).kept() == {"version": 1, "codes": {}, "locked": None, "seen": False}
