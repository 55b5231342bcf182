"""Widgets without a browser: what they say when nothing runs, state in, results out."""

from __future__ import annotations

import re
from html import escape

import pytest
import traitlets

import nhsreform as nr
from nhsreform.data.stances import STANCES, codings
from nhsreform.data.tables import table
from nhsreform.debate.card import KEPT_BACK_SENTENCE, stance_of
from nhsreform.errors import PackError
from nhsreform.notebooks.files import read_with_outputs
from nhsreform.text.html import hand
from nhsreform.text.html_clean import soup_of, take_out
from nhsreform.widgets.prediction import answers
from nhsreform.widgets.prediction import prediction as predicting
from nhsreform.widgets.shared import widget as base
from nhsreform.widgets.shared.widget import RUN_IT
from nhsreform.widgets.timeline.timeline import seen_in
from tests.conftest import ROOT
from tests.widgets import ESCAPED, HOSTILE, hostile, html_said

pytestmark = pytest.mark.usefixtures("work_folder")


def kept_back(source_id="joint-report"):
    claims = table("claims")
    return claims[claims.coder_set & (claims.source_id == source_id)].iloc[0]


# --- the mimebundle --------------------------------------------------------------------------------


def test_says_its_content_in_three_ways():
    for widget in (
        nr.reader("joint-report"),
        nr.reader("walk-away", revealed=True),
        nr.predict("01.1"),
        nr.predict("01.3"),
    ):
        assert html_said(widget)


@pytest.mark.parametrize(
    "widget, holder",
    [(nr.contrast, "book"), (nr.outcomes, "scored"), (lambda: nr.overview(coder_set=True), "debate"), (nr.timeline, "line"),
     (lambda: nr.reader("joint-report", revealed=True), "page"), (nr.structure, "stages")],
)  # fmt: skip
def test_every_word_is_escaped(widget, holder):
    """Whatever stands in the texts and tables: a widget says it as words where nothing runs."""
    shown = widget()
    setattr(shown, holder, hostile(getattr(shown, holder)))
    assert "<script" not in shown.fallback() and shown.fallback().count(ESCAPED) > 10


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: nr.reader("joint_report"), "Did you mean joint-report"),
        (lambda: nr.predict("1.1"), "Did you mean 01.1"),
        (lambda: nr.compare(), "nr.compare"),
        (lambda: nr.compare("04.22"), "04.2"),
        (lambda: nr.overview("speaker"), "Did you mean speakers"),
        (lambda: nr.simulator("budget"), "no simulator called 'budget'.*Known: budget-risk, staff-exit, real-terms, walk-away"),
        (lambda: nr.simulator("walkaway"), "Did you mean walk-away"),
        (lambda: nr.simulator(None), "Known:"),
        (lambda: nr.structure("2013", until="plan"), "no stage called '2013'"),
        (lambda: nr.structure(until="2012"), "2013"),
        *((lambda wrong=wrong: nr.timeline(wrong), re.escape(f"{wrong!r} is not a date"))
          for wrong in ("30 November 2011", "2011-11-31", "2011", 2011)),
        (lambda: nr.contrast("engagment"), "no theme called 'engagment'. Did you mean engagement"),
        (lambda: nr.contrast(speakers=["feild", "vautrey"]), "no speaker called 'feild'. Did you mean field"),
        (lambda: nr.contrast(sources=["walkaway", "joint-report"]), "no source called 'walkaway'. Did you mean walk-away"),
        (lambda: nr.contrast(speakers=["field", "field"]), "two different speakers; both are 'field'"),
        (lambda: nr.contrast(sources="walk-away"), "needs two sources, and was given 1: walk-away"),
        (lambda: nr.contrast(speakers=["field", "vautrey", "smith"]), "needs two speakers, and was given 3"),
        (lambda: nr.contrast(sources=["walk-away", "joint-report"], speakers=["field", "vautrey"]), "not both"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused_in_words(call, told):
    with pytest.raises(PackError, match=told):
        call()


STATE = {
    nr.contrast: [
        ("compare", "speaker", "compares camps, sources, speakers, not 'speaker'. Did you mean speakers"),
        ("selected", "joint-report-c999", "No claim called 'joint-report-c999' is in view. Did you mean joint-report"),
        ("selected", nr.claims(theme="engagement", coder_set=True).claim_id[0], "is in view"),
        ("swapped", "yes", None),
    ],
    nr.timeline: [
        ("kind", "parliment", "no kind called 'parliment'. Did you mean parliament"),
        ("period", "2009", "no period called '2009'. Did you mean"),
        ("selected", "white-papers", "No event called 'white-papers' is in view. Did you mean white-paper"),
        ("until", "soon", "is not a date"),
        ("kind", 3, None),
    ],
    nr.overview: [
        ("cell", ("engagment", "all"), "no question called 'engagment'. Did you mean engagement"),
        ("cell", ("engagement", "walk-awa"), "no column called 'walk-awa'"),
        ("selected", "walk-away-c03", "No cell is open. Open one first"),
    ],
    lambda: nr.reader("joint-report"): [
        ("selected", "c99", "joint-report has no claim called 'c99'. Its claims are joint-report-c01"),
        ("filters", {"thme": "engagement"}, "no filter called 'thme'. Did you mean theme"),
        ("filters", {"theme": "engagment"}, "has the theme 'engagment'. Did you mean engagement"),
        ("source_id", "walk-away", None),
        ("revealed", "yes", None),
    ],
    lambda: nr.simulator("budget-risk"): [
        ("settings", {"size": 3}, "no setting called 'size'"), ("settings", {"peeple": 3}, "Did you mean people"),
        ("settings", {"people": 12_345}, "slider stops at"), ("settings", {"people": "many"}, "not a number"),
        ("settings", {"k": 20}, "slider goes from 3 to 9"), ("settings", {"k": None}, "not a number"),
        ("settings", {"years": 0}, "between 1 and 20"),
    ],
    lambda: nr.simulator("walk-away"): [("settings", {"enthusiasts": 70, "carers": 0}, "part of the scenario")],
}  # fmt: skip


@pytest.mark.parametrize("make", STATE)
def test_wrong_state_is_refused_in_words_and_leaves_the_old_one(make):
    """What is of the wrong type altogether is refused by traitlets, in its own words."""
    widget = make()
    for name, value, told in STATE[make]:
        before = getattr(widget, name)
        with pytest.raises(PackError if told else traitlets.TraitError, match=told):
            setattr(widget, name, value)
        assert getattr(widget, name) == before


@pytest.mark.parametrize("url, link", [("javascript:alert(1)", ""), ("http://example.org/x", "http://example.org/x")])
def test_an_address_that_is_none_is_no_link(url, link):
    assert seen_in(table("events").iloc[0].to_dict() | {"url": url})["url"] == link


# --- the reader ------------------------------------------------------------------------------------


def test_unmarked_until_asked():
    reader = nr.reader("joint-report")
    assert "not yet marked" in repr(reader)
    assert "<table>" not in reader.fallback()
    assert "[1]" not in reader.fallback()
    reader.revealed = True
    assert f"{len(reader.page['claims'])} claims marked" in repr(reader)
    assert reader.fallback().count("<tr>") == len(reader.page["claims"]) + 1


def test_the_fallback_keeps_codes_back():
    row = kept_back()
    said = nr.reader("joint-report", revealed=True).fallback()
    line = next(line for line in said.splitlines() if f" {row.claim_id}<" in line)
    assert KEPT_BACK_SENTENCE in line
    assert row.paraphrase not in said
    answer = codings().set_index("claim_id").loc[[row.claim_id]].iloc[0]
    assert stance_of(answer.position, answer.strength).label not in line


def test_the_open_claim():
    reader = nr.reader("joint-report")
    assert reader.claim is None
    reader.selected = "joint-report-c02"
    assert reader.claim.claim_id == "joint-report-c02"
    assert reader.claim.position
    reader.selected = kept_back().claim_id
    assert "position" not in reader.claim.index
    assert "paraphrase" not in reader.claim.index


def test_filters_take_the_ids_of_the_table():
    reader = nr.reader("joint-report")
    claims = nr.claims(source_id="joint-report", coder_set=False, asserted=None)
    for column in ("position", "speaker", "theme", "kind"):
        for value in claims[column].unique():
            reader.filters = {column: value}
    reader.filters = {"position": "kept-back"}


# --- predictions -----------------------------------------------------------------------------------


def test_who_is_heard_most_is_what_the_claims_say():
    claims = nr.claims(coder_set=None)
    own = claims[claims.voice == "direct quotation"].speaker.value_counts()
    leaders, managers, researchers = (
        own.reindex(names, fill_value=0).sum()
        for names in (["field", "vautrey", "ramsden", "wood"], ["ullman", "parks", "stout"], ["smith", "dixon"])
    )
    assert leaders > managers > researchers
    assert "Leaders of GPs are heard most, then managers, then researchers." in answers.answer("00.2").sentence
    assert [predicting.say(count, "texts") for count in (0, 1, 2)] == ["0 texts", "1 text", "2 texts"]


def keep(prediction, value):
    prediction._entry.value = value
    prediction._button.click()


@pytest.mark.parametrize(
    ("prompt_id", "given", "answer", "shown"),
    [
        ("01.1", " They will all welcome it. ", "They will all welcome it.", "They will all welcome it."),
        ("04.2", "62.5", 62.5, "62.5 percent"),
        ("03.3", "1,000", 1000.0, "1,000 GBP billion"),
        ("00.3", "5", 5.0, "5 texts"),
        ("04.2", "0.5%", 0.5, "0.5 percent"),
        ("04.2", " 62 % ", 62.0, "62 percent"),
        ("04.2", "62 percent", 62.0, "62 percent"),
    ],
)
def test_an_answer_is_kept_and_shown_back(prompt_id, given, answer, shown):
    first = nr.predict(prompt_id)
    assert first.answer is None
    compare = first.prompt["compare"]
    assert compare not in first.fallback()
    keep(first, given)
    assert first.answer == answer
    assert first._status.value == "<p>Kept.</p>"
    again = nr.predict(prompt_id)
    assert again.answer == answer
    assert shown in repr(again)
    for said in (first._shown_back.value, again._shown_back.value, again.fallback()):
        assert shown in said
        assert "You wrote on " in said
        assert escape(compare) in said


def test_a_choice():
    prediction = nr.predict("01.3")
    assert prediction._entry.value is None
    option = prediction.prompt["options"][1]
    keep(prediction, option)
    assert nr.predict("01.3").answer == option


@pytest.mark.parametrize(("prompt_id", "given"), [("01.1", ""), ("01.1", " \n "), ("01.3", None), ("04.2", "")])
def test_an_empty_answer_is_refused(prompt_id, given):
    prediction = nr.predict(prompt_id)
    keep(prediction, given)
    assert "first, even" in prediction._status.value
    assert prediction.answer is None
    assert nr.predict(prompt_id).answer is None


@pytest.mark.parametrize("given", ["many", "nan", "inf", "12-13", "1e999", "2,5", "2,5 %", "1,00,000", "1,2345"])
def test_what_is_no_number_is_refused(given):
    prediction = nr.predict("04.2")
    keep(prediction, given)
    assert "is not a number" in prediction._status.value
    assert prediction.answer is None


@pytest.mark.parametrize(
    ("prompt_id", "given", "why"),
    [
        ("00.3", "7", "There are 5 texts. Type a whole number from 0 to 5."),
        ("00.3", "2.5", "There are 5 texts. Type a whole number"),
        ("00.3", "-1", "There are 5 texts."),
        ("02.3", "1.5", "People are counted one by one"),
        ("04.2", "250", "A share of 100 lies between 0 and 100. Type a number from 0 to 100."),
        ("04.2", "-3%", "A share of 100"),
        ("07.3", "100.5", "A share of 100"),
        ("03.3", "20,000,000,000", "type 20"),
        ("03.3", "-20", "billions"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(prompt_id, given, why):
    prediction = nr.predict(prompt_id)
    keep(prediction, given)
    assert f"\u201c{given}\u201d cannot be" in prediction._status.value and why in prediction._status.value
    assert prediction.answer is None and nr.predict(prompt_id).answer is None


def test_every_prediction_of_a_number_has_limits():
    prompts = table("prompts")
    for row in prompts[prompts.kind == "number"].itertuples():
        assert predicting.parse_answer(predicting.prompt_model(row.prompt_id), "-1")[0] is None, row.prompt_id


def test_a_slip_can_be_taken_back_until_the_answer_is_shown():
    prediction = nr.predict("04.2")
    keep(prediction, "32")
    assert prediction._entry.layout.display == "none"
    again = nr.predict("04.2")
    assert again._entry.layout.display == "none"
    for panel, slip, meant in ((prediction, "32", "23"), (again, "23", "24")):
        panel._change.click()
        assert panel._entry.layout.display is None and panel._entry.value == slip
        assert nr.predict("04.2").answer == float(slip), "until it is kept, the old one stays"
        keep(panel, meant)
        assert nr.predict("04.2").answer == panel.answer == float(meant)
    assert "you expected 24 percent. 23% of the doctors" in repr(nr.compare("04.2"))
    for panel in (again, nr.predict("04.2")):
        panel._change.click()
        assert panel._entry.layout.display == "none" and panel._change.layout.display == "none"
        keep(panel, "99")
        assert nr.predict("04.2").answer == 24


def test_a_choice_can_be_changed_too():
    prediction = nr.predict("01.3")
    first, second = prediction.prompt["options"][:2]
    keep(prediction, first)
    prediction._change.click()
    assert prediction._entry.value == first
    keep(prediction, second)
    assert nr.predict("01.3").answer == second


def test_the_guess_stands_beside_the_answer():
    keep(nr.predict("03.3"), "12")
    keep(nr.predict("00.2"), "patients")
    shown = nr.compare("03.3", "00.2")
    page = soup_of(shown._repr_html_())
    assert [quote.get_text() for quote in page("blockquote")] == ["12 GBP billion", "patients"]
    assert "\u00a315bn-\u00a320bn: a range" in page.get_text() and "No patient speaks" in page.get_text()
    assert not page("details")
    assert "you expected 12 GBP billion. \u00a315bn" in repr(shown)


def test_without_a_guess_the_answer_stays_folded_and_a_guess_can_still_be_made():
    shown = nr.compare("04.2")
    page = soup_of(shown._repr_html_())
    assert "23%" in page.details.get_text()
    page.details.decompose()
    assert "23" not in page.get_text() and "23" not in repr(shown)
    assert 'nr.predict("04.2")' in page.get_text()
    keep(nr.predict("04.2"), "60")
    assert nr.predict("04.2").answer == 60


@pytest.mark.parametrize("prompt_id", table("prompts").prompt_id)
def test_there_is_something_to_compare_each_guess_with(prompt_id):
    """But for the learner's own advice, which the learner's own brief answers."""
    sentence, rows = answers.answer(prompt_id)
    assert prompt_id.startswith("08") or sentence or len(rows), prompt_id
    kept_back = table("claims").query("coder_set").claim_id
    if prompt_id < "07":
        assert not set(kept_back) & set(re.findall(r"[\w-]+-c\d\d", nr.compare(prompt_id)._repr_html_())), prompt_id


def test_words_that_arrive_after_another_panel_changed_the_answer_are_not_kept():
    first, second = nr.predict("01.1"), nr.predict("01.1")
    keep(first, "First thought")
    again = nr.predict("01.1")
    again._change.click()
    keep(again, "Second thought")
    first._entry.value = "First thought, arriving late"
    assert first.answer == nr.predict("01.1").answer == "Second thought"
    keep(second, "Third thought")
    assert second.answer == nr.predict("01.1").answer == "Second thought"


def test_the_learners_words_are_escaped():
    prediction = nr.predict("01.1")
    keep(prediction, HOSTILE)
    assert prediction.answer == HOSTILE
    for said in (prediction._shown_back.value, nr.predict("01.1").fallback()):
        assert "<script" not in said
        assert ESCAPED in said


# --- plain files -----------------------------------------------------------------------------------


def plain_files(kind):
    return {path.name: path.read_text(encoding="utf-8") for path in base._WIDGETS.rglob(f"*.{kind}")}


def test_scripts_and_styles_fetch_nothing_and_parse_no_html():
    for name, text in {**plain_files("js"), **plain_files("css")}.items():
        # The name of the SVG vocabulary looks like an address and is never fetched.
        text = text.replace('"http://www.w3.org/2000/svg"', "")
        for word in (
            "http:",
            "https:",
            "//cdn",
            "@import",
            "url(",
            "fetch(",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
        ):
            assert word not in text, f"{name}: {word}"


def test_the_palette_is_the_packs():
    style = hand()
    keys = {-2: "sceptic-2", -1: "sceptic-1", 0: "mixed", 1: "enthusiast-1", 2: "enthusiast-2"}
    for number, (_, _, colour) in STANCES.items():
        assert f"--nhsr-{keys[number]}: {colour};" in style


def test_every_stance_has_its_own_token_and_underline():
    style = plain_files("css")["reader.css"]
    keys = ["sceptic-2", "sceptic-1", "mixed", "enthusiast-1", "enthusiast-2", "none", "kept-back"]
    rules = {key: re.search(rf'\.nhsr-claim\[data-stance="{key}"\] {{([^}}]*)}}', style).group(1) for key in keys}
    underlines = {
        tuple(sorted(part.strip() for part in rule.split(";") if "text-decoration" in part)) for rule in rules.values()
    }
    assert len(underlines) == len(keys)


def test_every_sentence_that_only_makes_sense_beside_a_cell_has_the_class_for_it():
    """The reading edition and the slides take it out by its class, whatever it says."""
    taken = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in read_with_outputs(path).cells:
            for output in cell.get("outputs", []):
                soup = soup_of("".join(output.get("data", {}).get("text/html", "")))
                taken += len(soup(class_=RUN_IT))
                take_out(soup, RUN_IT)
                assert not re.search(r"this cell|[Rr]un it\b|Nothing to check yet", soup.get_text()), path.name
    assert taken > 40
