"""The overview as data, without a browser: every answer is on the page once, and in words where nothing runs."""

import json
import re

import pytest

import nhsreform as nr
from nhsreform.data.stances import codings
from nhsreform.errors import PackError
from nhsreform.widgets.overview.model import in_words, overview_model


@pytest.fixture(scope="module")
def whole():
    return overview_model(coder_set=True)


def test_every_answer_of_every_claim_put_forward_is_a_mark_once(whole):
    coded = codings()
    said = nr.table("claims").query("asserted").claim_id
    wanted = coded[coded.claim_id.isin(said)]
    marks = [(entry["claim"], entry["theme"], entry["position"], entry["strength"]) for entry in whole["answers"]]
    assert sorted(marks) == sorted(zip(wanted.claim_id, wanted.theme, wanted.position, wanted.strength, strict=True))


def test_the_principle_comes_first_and_every_question_has_a_row(whole):
    groups = [question["group"] for question in whole["questions"]]
    assert groups[0] == "principle" and set(groups[1:]) == {"practice"}
    assert [question["id"] for question in whole["questions"]] == nr.table("themes").theme.tolist()


def test_texts_stand_in_order_of_date(whole):
    dates = nr.table("sources").set_index("source_id").date_latest
    columns = [column["id"] for column in whole["columns"]["sources"]]
    assert columns == sorted(columns, key=lambda source_id: dates[source_id])


def test_every_speaker_has_a_column_alone_or_with_the_rest(whole):
    columns = {column["id"] for column in whole["columns"]["speakers"]}
    assert {card["column"] for card in whole["claims"].values()} == columns


def test_claims_kept_back_are_left_out_and_said():
    kept = set(nr.table("claims").query("coder_set").claim_id)
    page = overview_model()
    assert not kept & {entry["claim"] for entry in page["answers"]}
    assert not kept & set(page["claims"])
    assert f"{len(kept)} claims are kept back" in page["left_out"][0]


def test_one_more_side_changes_the_page():
    coded = codings()
    before = overview_model(coded, coder_set=True)["answers"]
    place = coded.index[coded.position == "sceptic"][0]
    coded.loc[place, ["position", "strength"]] = ["enthusiast", 2]
    after = overview_model(coded, coder_set=True)["answers"]
    assert [one for one, other in zip(after, before, strict=True) if one != other][0]["stance"] == "enthusiast-2"


def test_another_coding_is_laid_over_ours():
    other = codings().query("main").head(12)[["claim_id", "theme", "position", "strength"]]
    widget = nr.overview(codings={"The class": other}, coder_set=True)
    assert [coder["label"] for coder in widget.debate["coders"]] == ["Our coding", "The class"]
    assert sum(entry["coder"] == "coder-0" for entry in widget.debate["answers"]) == 12
    widget.over = "coder-0"
    with pytest.raises(PackError, match="no coding called 'mine'"):
        widget.over = "mine"


def test_a_coding_without_its_columns_is_refused_in_words():
    with pytest.raises(PackError, match="'The class' lacks theme, position, strength"):
        nr.overview(codings={"The class": codings()[["claim_id"]]})


def test_other_columns_close_the_cell_and_its_claim():
    widget = nr.overview(coder_set=True)
    widget.cell = ("engagement", "walk-away")
    widget.selected = widget.claims.claim_id[0]
    widget.across = "speakers"
    assert (widget.cell, widget.selected) == (("", ""), None)
    widget.cell = ("engagement", "all")
    widget.across = "sources"
    assert widget.cell == ("engagement", "all")


def test_a_claim_is_opened_only_in_the_open_cell():
    widget = nr.overview(coder_set=True)
    with pytest.raises(PackError, match="No cell is open. Open one first"):
        widget.selected = "walk-away-c03"
    widget.cell = ("engagement", "walk-away")
    widget.selected = "walk-away-c03"
    with pytest.raises(PackError, match="The open cell holds no claim called 'joint-report-c09'"):
        widget.selected = "joint-report-c09"
    widget.cell = ("engagement", "joint-report")
    assert widget.selected is None


@pytest.mark.parametrize(("name", "label"), [("my-coding", "Your coding"), ("our-class", "our-class")])
def test_a_coding_is_laid_over_by_itself_once_locked(work_folder, name, label):
    """Before that, and where the claims kept back are not shown, nothing is."""
    coder = nr.coder(name)
    for number in range(12):
        coder._go(number)
        coder._key("6" if number % 2 else "1")
    assert len(nr.overview(coder_set=True).debate["coders"]) == 1
    coder._lock_now()
    widget = nr.overview(coder_set=True)
    assert [each["label"] for each in widget.debate["coders"]] == ["Our coding", label]
    assert widget.over == "coder-0"
    yours = [entry for entry in widget.debate["answers"] if entry["coder"] == "coder-0"]
    put_forward = set(nr.table("claims").query("asserted").claim_id)
    assert {each["claim"] for each in yours} == set(coder.codes.claim_id) & put_forward
    assert len(nr.overview().debate["coders"]) == 1
    widget = nr.overview(codings={"The class": codings()}, coder_set=True)
    assert [each["label"] for each in widget.debate["coders"]][1:] == [label, "The class"] and widget.over == ""


def test_the_claims_of_the_open_cell_are_given_with_their_answer_to_its_question():
    widget = nr.overview(coder_set=True)
    widget.cell = ("engagement", "walk-away")
    rows = widget.claims
    assert set(rows.source_id) == {"walk-away"} and set(rows.theme) == {"engagement"}
    assert len(rows) == len(nr.claims(theme="engagement", source_id="walk-away"))


def test_where_nothing_runs_the_table_says_every_count():
    widget = nr.overview(coder_set=True)
    text = re.sub(r"<[^>]+>", "|", widget.fallback())
    for question in nr.table("themes").question:
        assert question in text
    counts = nr.positions("principle").set_index("position").claims
    row = widget.fallback().split('<tr><th scope="row"')[1].split("</tr>")[0]
    everything = re.findall(r"<td[^>]*>([^<]*)</td>", row)[-1]
    assert everything == in_words(
        [{"position": position} for position in counts.index for _ in range(counts[position])]
    )
    assert repr(widget).startswith("The debate on one page: on the principle ")


def test_it_stays_small_enough_to_draw_at_once(whole):
    assert len(json.dumps(whole)) < 220_000
