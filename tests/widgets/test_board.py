"""The board without a browser: an argument built, warned about, kept and written out."""

from __future__ import annotations

import io
import json
import re
from html import escape
from pathlib import Path

import docx
import mistune
import pytest

import nhsreform as nr
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.widgets.board import brief as briefs
from nhsreform.widgets.board.board import PAGE
from nhsreform.widgets.board.brief import (
    KEPT_BACK,
    NOT_ASSERTED,
    added,
    board_claims,
    entry_of,
    keeps_condition,
    moved,
    new_brief,
    numbers,
    open_points,
    read_brief,
    removed,
    search,
    side_of,
    switched,
    to_markdown,
    write_new,
    written,
)
from nhsreform.widgets.shared import widget
from nhsreform.work import store
from tests.widgets import ESCAPED, HOSTILE, html_said

pytestmark = pytest.mark.usefixtures("work_folder")


@pytest.fixture(autouse=True)
def beside_the_notebook(tmp_path, monkeypatch):
    """Files are written next to the notebook: here, an empty folder."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def lock_a_coding():
    ids = table("claims").query("coder_set").claim_id
    codes = {claim_id: {"code": "none", "reason": ""} for claim_id in ids}
    store.put("codings", "my-coding", {"version": 1, "codes": codes, "locked": "2026-11-23", "seen": False})


def open_claims(source_id):
    """The claims of a source without condition, and not kept back."""
    return [
        claim for claim in board_claims().values()
        if claim.source_id == source_id and not claim.condition and not claim.kept_back and claim.asserted
    ]  # fmt: skip


def full():
    """A brief that leaves nothing open."""
    claims = board_claims()
    one = next(claim for claim in open_claims("joint-report") if claim.direct)
    other = open_claims("mps-inquiry")[0]
    brief = added(added(new_brief(), one.claim_id, "for", claims), other.claim_id, "against", claims)
    brief.update(
        question="Should they?", conclusion="On the whole.", strongest={"claim": other.claim_id, "answer": "Not so."}
    )
    for claim_id in numbers(brief):
        entry_of(brief, claim_id)["words"] = "It matters."
    return brief


def points(brief):
    return " ".join(open_points(brief, board_claims()))


# --- the claims --------------------------------------------------------------------------------------


def test_every_claim_can_be_found_with_its_words_and_voice():
    claims, rows = board_claims(), table("claims").set_index("claim_id")
    assert list(claims) == rows.index.tolist()
    for claim_id, claim in claims.items():
        assert claim.words == " ".join(rows.exact[claim_id].split())
        assert claim.speaker in claim.said_by
        assert claim.voice in claim.said_by
        assert claim_id in claim.said_by
        assert (NOT_ASSERTED in claim.notes) == (not rows.asserted[claim_id])
        if rows.condition[claim_id] and not rows.coder_set[claim_id]:
            assert any(rows.condition[claim_id] in note for note in claim.notes)


def test_claims_kept_back_show_no_code_until_a_coding_is_locked():
    rows, answers = table("claims").set_index("claim_id"), codings()
    kept_back = rows.index[rows.coder_set]
    claims = board_claims()
    for claim_id in kept_back:
        assert claims[claim_id].notes == [KEPT_BACK]
        assert claims[claim_id].themes == ()
        assert claims[claim_id].condition == claims[claim_id].condition_label == ""
    lock_a_coding()
    claims = board_claims()
    for claim_id in kept_back:
        assert claims[claim_id].condition == rows.condition[claim_id]
        assert set(answers[answers.claim_id == claim_id].theme) == set(claims[claim_id].themes)
        assert KEPT_BACK not in claims[claim_id].notes


def test_no_position_is_shown():
    """Where a claim stands is for you to say here."""
    nr.board()
    for claim in board_claims().values():
        assert not re.search("sceptic|enthusiast", " ".join([claim.said_by, *claim.notes]).replace(claim.condition, ""))


def test_search():
    claims = board_claims()
    assert len(search(claims)) == len(claims)
    assert [claim.claim_id for claim in search(claims, "walk-away-c26")] == ["walk-away-c26"]
    assert all("managers" in claim.words.casefold() for claim in search(claims, "MANAGERS  Vautrey"))
    assert {claim.speaker_id for claim in search(claims, speaker="vautrey")} == {"vautrey"}
    assert {claim.source_id for claim in search(claims, source_id="walk-away")} == {"walk-away"}
    assert all("incentives" in claim.themes for claim in search(claims, theme="incentives"))
    assert search(claims, "no such words anywhere") == []


# --- building an argument ----------------------------------------------------------------------------


def test_add_move_switch_remove():
    claims = board_claims()
    one, two, three = (claim.claim_id for claim in open_claims("joint-report")[:3])
    brief = new_brief()
    for claim_id in (one, two, three):
        brief = added(brief, claim_id, "for", claims)
    assert numbers(brief) == {one: 1, two: 2, three: 3}
    brief = moved(brief, three, -1)
    assert list(numbers(brief)) == [one, three, two]
    assert moved(brief, one, -1) == brief
    assert moved(brief, two, 1) == brief
    brief = switched(brief, one)
    assert [entry["claim"] for entry in brief["against"]] == [one]
    assert numbers(brief) == {three: 1, two: 2, one: 3}
    entry_of(brief, two)["words"] = "mine"
    brief["strongest"]["claim"] = two
    brief = removed(brief, two)
    assert side_of(brief, two) == ""
    assert brief["strongest"]["claim"] is None
    brief = added(brief, two, "against", claims)
    assert entry_of(brief, two)["words"] == "mine"
    assert brief["removed"] == {}


def test_changes_leave_the_brief_before_as_it_was():
    brief = full()
    before = json.dumps(brief)
    claim_id = brief["for"][0]["claim"]
    removed(brief, claim_id), moved(brief, claim_id, 1), switched(brief, claim_id)
    added(brief, open_claims("walk-away")[0].claim_id, "for", board_claims())
    assert json.dumps(brief) == before


def test_wrong_additions_are_refused_in_words():
    board = nr.board()
    with pytest.raises(PackError, match="no claim called 'joint-report-c7'. Ids look like joint-report-c"):
        board.add("joint-report-c7", "for")
    with pytest.raises(PackError, match="no side called 'agianst'. Did you mean against"):
        board.add("joint-report-c07", "agianst")
    board.add("joint-report-c07", "for")
    with pytest.raises(PackError, match="on your board already, under \u201cFor\u201d"):
        board.add("joint-report-c07", "against")
    with pytest.raises(PackError, match="no claim called None"):
        board.add(None, "for")
    assert [entry["claim"] for entry in board.brief["for"]] == ["joint-report-c07"]


# --- what is still open ------------------------------------------------------------------------------


def test_a_full_brief_leaves_nothing_open():
    assert open_points(full(), board_claims()) == []


def test_an_empty_board():
    told = points(new_brief())
    for words in (
        "no question",
        "no claim on the board",
        "strongest opposing claim is not chosen",
        "no answer",
        "no conclusion",
    ):
        assert words in told
    assert "direct quotation" not in told


@pytest.mark.parametrize("side, other", [("for", "against"), ("against", "for")])
def test_an_empty_side(side, other):
    brief = full()
    claim_id = brief[side][0]["claim"]
    assert f"No claim stands {side}" not in points(brief)
    told = points(switched(brief, claim_id))
    assert f"No claim stands {side}" in told
    assert f"hears only what is {other}" in told


def test_one_source_carries_everything():
    claims = board_claims()
    brief = new_brief()
    one, two = open_claims("joint-report")[:2]
    brief = added(brief, one.claim_id, "for", claims)
    assert "One source" not in points(brief)
    brief = added(brief, two.claim_id, "against", claims)
    assert "One source carries everything: all 2 claims come from joint-report" in points(brief)
    assert "One source" not in points(added(brief, open_claims("walk-away")[0].claim_id, "for", claims))


def test_no_direct_quotation():
    claims = board_claims()
    told = next(claim for claim in open_claims("joint-report") if not claim.direct)
    quoted = next(claim for claim in open_claims("joint-report") if claim.direct)
    brief = added(new_brief(), told.claim_id, "for", claims)
    assert "No claim on the board is a direct quotation" in points(brief)
    assert "direct quotation" not in points(added(brief, quoted.claim_id, "for", claims))


@pytest.mark.parametrize("claim_id, term", [("joint-report-c24", "a requirement"), ("joint-report-c61", "a condition")])
def test_a_condition_that_is_dropped_is_shown_by_the_name_that_the_card_gives_it(claim_id, term):
    claims = board_claims()
    claim = claims[claim_id]
    brief = added(full(), claim.claim_id, "for", claims)
    entry_of(brief, claim.claim_id)["words"] = "They say it is fine."
    number = numbers(brief)[claim.claim_id]
    assert table("claims").set_index("claim_id").conditional[claim_id] == term.split()[1]
    assert f"Claim [{number}] comes with {term}, \u201c{claim.condition}\u201d" in points(brief)
    entry_of(brief, claim.claim_id)["words"] = f"They say it is fine, {claim.condition}."
    assert points(brief) == ""
    entry_of(brief, claim.claim_id)["words"] = "They say it is fine, but only with help."
    assert points(brief) == ""


def test_the_condition_check_on_every_condition():
    for claim in board_claims().values():
        if claim.condition:
            assert keeps_condition(f"She says so, {claim.condition}.", claim.condition), claim.condition
            assert not keeps_condition("She says so.", claim.condition), claim.condition
    assert keeps_condition("", "x") is False


@pytest.mark.parametrize("own", ["It is needless.", "The butcher.", "A lifeboat.", "Trust them."])
def test_the_condition_check_reads_whole_words(own):
    assert not keeps_condition(own, "if the policy is to work")


def test_no_words_of_your_own():
    brief = full()
    first, second = numbers(brief)
    entry_of(brief, second)["words"] = " \n"
    assert points(brief) == "No words of your own stand beside claim [2]: say what you make of it."
    entry_of(brief, first)["words"] = ""
    assert "claims [1] and [2]: say what you make of them" in points(brief)


def test_the_strongest_opposing_claim_is_asked_for():
    brief = full()
    brief["strongest"]["claim"] = None
    assert "not chosen yet" in points(brief)
    brief = full()
    brief["strongest"]["answer"] = "  "
    assert points(brief) == "The strongest opposing claim has no answer yet: what do you say to it?"


# --- keeping -----------------------------------------------------------------------------------------


def fill(board):
    brief = full()
    board._question.value = brief["question"]
    for side in briefs.SIDES:
        for entry in brief[side]:
            board.add(entry["claim"], side)
            board._rows[entry["claim"]].words.value = entry["words"]
    board._strongest.value = brief["strongest"]["claim"]
    board._answer.value = brief["strongest"]["answer"]
    board._conclusion.value = brief["conclusion"]
    return brief


def test_everything_is_kept_at_once_and_comes_back():
    board = nr.board()
    brief = fill(board)
    assert store.get("boards", "my-brief") == brief
    again = nr.board()
    assert (
        again.brief
        == board.brief
        == {key: brief[key] for key in ("question", "for", "against", "strongest", "conclusion")}
    )
    assert again._question.value == "Should they?"
    assert again._rows[brief["for"][0]["claim"]].words.value == "It matters."
    assert again._strongest.value == brief["strongest"]["claim"]
    assert again._answer.value == "Not so."
    assert again._conclusion.value == "On the whole."
    assert repr(again) == "Board \u201cmy-brief\u201d: 1 for and 1 against; nothing is open."
    assert list(store.sections()["boards"]) == ["my-brief"]


def test_opening_a_board_keeps_nothing(work_folder):
    nr.board("just looking")
    assert not work_folder.exists()


def test_several_boards_by_name():
    nr.board("one").add("joint-report-c07", "for")
    nr.board("two").add("walk-away-c03", "against")
    assert nr.board("one").brief["for"][0]["claim"] == "joint-report-c07"
    assert nr.board("two").brief["for"] == []
    shown = " ".join(
        child.value for child in nr.board("three").children if hasattr(child, "value") and isinstance(child.value, str)
    )
    assert "nr.board(&quot;one&quot;), nr.board(&quot;two&quot;)" in shown


def test_the_second_click_of_a_double_click_changes_nothing():
    board = nr.board()
    board.add("joint-report-c07", "for")
    for _ in range(2):
        board._remove("joint-report-c07")
    board._switch("joint-report-c07")
    board._move("joint-report-c07", 1)
    assert board.brief["for"] == board.brief["against"] == []


def test_words_that_arrive_after_their_claim_was_removed_are_kept():
    board = nr.board()
    board.add("joint-report-c07", "for")
    row = board._rows["joint-report-c07"]
    board._remove("joint-report-c07")
    row.words.value = "typed just before"
    assert nr.board()._brief["removed"] == {"joint-report-c07": "typed just before"}
    board.add("joint-report-c07", "against")
    assert board.brief["against"] == [{"claim": "joint-report-c07", "words": "typed just before"}]


def test_what_can_be_read_of_a_changed_board_is_used():
    kept = {
        "version": 0, "question": 3, "conclusion": "Stays.",
        "for": [{"claim": "joint-report-c07", "words": "mine"}, {"claim": "joint-report-c07"}, {"claim": "gone-c99"}, "x", {"claim": ["a"]}],
        "against": "walk-away-c03",
        "strongest": {"claim": "walk-away-c03", "answer": "Stays too."},
        "removed": {"walk-away-c03": "kept", "gone-c99": "x", "joint-report-c08": 3},
    }  # fmt: skip
    store.put("boards", "my-brief", kept)
    board = nr.board()
    assert board.brief == {
        "question": "", "for": [{"claim": "joint-report-c07", "words": "mine"}], "against": [],
        "strongest": {"claim": None, "answer": "Stays too."}, "conclusion": "Stays.",
    }  # fmt: skip
    told = board._status.value
    for words in (
        "another version",
        "question",
        "there twice",
        "a claim for",
        "the claims against",
        "strongest opposing",
    ):
        assert words in told
    board._question.value = "Again."
    assert store.get("boards", "my-brief (kept 1)") == kept


@pytest.mark.parametrize("strongest", [None, "x", {"claim": 3}, {"answer": None}])
def test_a_wrong_strongest_claim_is_left_out(strongest):
    brief, told = read_brief({**new_brief(), "strongest": strongest}, board_claims())
    assert brief["strongest"] == {"claim": None, "answer": ""}
    assert "Left out" in told


def test_invisible_characters_are_left_out(beside_the_notebook):
    board = nr.board()
    board._question.value = "a\x00b\x0bc\ud83d d\r\ne"
    assert board.brief["question"] == "abc d\ne"
    board._export("docx")
    assert "Written" in board._exported.value


# --- the panel -----------------------------------------------------------------------------------------


def card(board, claim_id):
    """The HTML of a claim's card, and its buttons, where it is among those shown."""
    box = next(box for box in board._list.children if f"nhsr-card-{claim_id}" in box._dom_classes)
    return box.children[0], box.children[1].children


def test_choosing_a_claim_from_its_card():
    board = nr.board()
    board._asked.value = "walk-away-c26"
    words, buttons = card(board, "walk-away-c26")
    assert [button.description for button in buttons] == ["Add for", "Add against"]
    assert NOT_ASSERTED in words.value and "Unless this changes radically" in words.value
    assert (
        f"<strong>{escape(board.claims['walk-away-c26'].speaker)}</strong>" in words.value
        and "The walk-away blog" in words.value
    )
    buttons[1].click()
    assert [entry["claim"] for entry in board.brief["against"]] == ["walk-away-c26"]
    assert "On your board, under \u201cAgainst\u201d, as [1]" in card(board, "walk-away-c26")[0].value
    buttons[0].click()
    assert "already, under \u201cAgainst\u201d" in board._status.value.replace("&quot;", '"')
    board._remove("walk-away-c26")
    assert "On your board" not in words.value
    board._asked.value = "zzzz"
    assert board._list.children == ()
    assert board._found.value == f"<p>0 of {len(board.claims)} claims found.</p>"


def test_a_card_shows_a_claim_in_its_sentence_with_its_id_to_copy():
    board = nr.board()
    claim = next(each for each in board.claims.values() if any(each.sentence))
    board._asked.value = claim.claim_id
    words = card(board, claim.claim_id)[0].value
    assert f"<mark>{escape(claim.words)}</mark>" in words and "nhsr-quiet" in words
    assert f'<button type="button" class="nhsr-id" title="Copy this id">{claim.claim_id}</button>' in words


def test_many_claims_are_turned_over_a_page_at_a_time():
    board = nr.board()
    pages = -(-len(board.claims) // PAGE)
    seen = []
    for number in range(pages):
        first = number * PAGE
        shown = [claim.claim_id for claim in board._matches[first : first + PAGE]]
        assert f"Shown: {first + 1} to {first + len(shown)}." in board._found.value
        assert [box._dom_classes[-1] for box in board._list.children] == [f"nhsr-card-{each}" for each in shown]
        seen += shown
        board._turn(1)
    assert seen == list(board.claims)
    assert "These are the last." in board._found.value
    board._asked.value = "walk-away-c0"
    board._turn(-1)
    assert "These are the first." in board._found.value
    board._asked.value = "walk-away-c26"
    assert board._pager.layout.display == "none" and "Shown" not in board._found.value


def test_imagined_words_are_labelled_wherever_they_stand():
    board = nr.board()
    board.add("walk-away-c26", "against")
    board._asked.value = "walk-away-c26"
    assert "(imagined)" in card(board, "walk-away-c26")[1][0].tooltip
    assert NOT_ASSERTED in board._rows["walk-away-c26"]._card.value
    assert NOT_ASSERTED in board.markdown
    assert NOT_ASSERTED in board.fallback()


def test_a_search_by_theme_says_what_it_cannot_find():
    board = nr.board()
    board._theme.value = "incentives"
    assert "kept back for notebook 06 are not found by theme" in board._found.value
    lock_a_coding()
    board = nr.board()
    board._theme.value = "incentives"
    assert "kept back" not in board._found.value


def test_the_buttons_of_a_row():
    board = nr.board()
    one, two = "joint-report-c07", "walk-away-c03"
    board.add(one, "for")
    board.add(two, "for")
    first, second = board._rows[one], board._rows[two]
    first._up.click()
    assert "first already" in board._status.value
    second._up.click()
    assert [entry["claim"] for entry in board.brief["for"]] == [two, one]
    assert "[1]" in second._card.value
    assert second._up.tooltip == "Move claim 1 up"
    assert board._columns["for"].children[1] is second.box
    second._switch.click()
    assert second._switch.description == "To for"
    assert board._columns["against"].children[1] is second.box
    board._strongest.value = one
    first._remove.click()
    assert board.brief["strongest"]["claim"] is None
    assert board._strongest.value == ""
    assert "Removed" in board._status.value
    # A board that only ever changed by its buttons comes back the same.
    assert nr.board().brief == board.brief


def test_the_strongest_claim_stays_chosen_while_others_come_and_go():
    board = nr.board()
    board.add("joint-report-c07", "for")
    board.add("walk-away-c03", "against")
    board._strongest.value = "walk-away-c03"
    board.add("joint-report-c08", "for")
    board._rows["joint-report-c08"]._up.click()
    board._rows["joint-report-c07"]._remove.click()
    assert board._strongest.value == "walk-away-c03"
    assert nr.board().brief["strongest"]["claim"] == "walk-away-c03"
    assert [label[:4] for label, _ in board._strongest.options[1:]] == ["[1] ", "[2] "]


def test_warnings_follow_what_is_typed():
    board = nr.board()
    fill(board)
    assert "Nothing that this board can see" in board._points.value
    board._conclusion.value = ""
    assert "no conclusion yet" in board._points.value


# --- written out -----------------------------------------------------------------------------------------


def test_markdown_has_numbered_citations():
    board = nr.board()
    brief = fill(board)
    lines = board.markdown.split("\n\n")
    assert lines[0] == "# Should they?"
    for claim_id, number in numbers(brief).items():
        assert f"[{number}] " + str(nr.cite(claim_id)).replace("$", "\\$") in board.markdown
        assert f"It matters. [{number}]" in lines
        assert sum(f"[{number}]" in line for line in lines) >= 3
    assert "Still open" not in board.markdown
    assert [line for line in lines if line.startswith("## ")] == [
        "## For", "## Against", "## The strongest opposing claim, and an answer", "## Conclusion", "## References",
    ]  # fmt: skip


def test_what_is_open_is_written_out():
    board = nr.board()
    board.add("joint-report-c07", "for")
    assert "## Still open" in board.markdown
    for point in board._open():
        assert f"- {point}" in board.markdown
    assert "No claim against." in board.markdown


TRICKS = [
    HOSTILE, "# heading", "1. list", "- list", "+ list", "> quote", "[a](http://x)", "![a](http://x)", "`code`", "a *b* c_d_",
    "[1]: http://x", "<http://x>", "a | b\n---|---", "===", "---", "***", "$x$ \\(y\\)", "&lt;b&gt;", "~~~", "    indented", "a\\", "~~x~~",
]  # fmt: skip


@pytest.mark.parametrize("words", TRICKS)
def test_markdown_shows_the_learners_words_as_they_stand(words):
    """As the words stand, whatever they hold: read back by a Markdown reader, they are text and nothing else."""
    brief = full()
    plain = " ".join(words.split("\n")[0].split())
    brief.update(question=words, conclusion=words)
    for claim_id in numbers(brief):
        entry_of(brief, claim_id)["words"] = words
    source = to_markdown(written(brief, board_claims()))
    assert "<" not in source
    reader = mistune.create_markdown(escape=False, plugins=["strikethrough", "table", "math"])
    shown = reader(source)
    assert set(re.findall(r"<(\w+)", shown)) == {"h1", "h2", "p", "blockquote"}
    assert f"<p>{widget.escape(plain, quote=False)} [1]</p>" in shown.replace("&quot;", '"').replace("&#x27;", "'")


def test_word_opens_and_holds_headings_and_numbered_references(beside_the_notebook):
    board = nr.board()
    brief = fill(board)
    board._export("docx")
    file = beside_the_notebook / "my-brief.docx"
    assert str(file) in board._exported.value
    document = docx.Document(str(file))
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"]
    assert headings == ["For", "Against", "The strongest opposing claim, and an answer", "Conclusion", "References"]
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Title"] == ["Should they?"]
    # The same words as in Markdown.
    assert [paragraph.text for paragraph in document.paragraphs] == [block.marked for block in board._written()]
    for number in numbers(brief).values():
        assert [p for p in document.paragraphs if p.style.name == "Quote" and p.text.endswith(f"[{number}]")]
    assert document.core_properties.title == "Should they?"
    assert document.core_properties.author == ""


def test_word_lists_what_is_open_and_takes_any_words(beside_the_notebook):
    board = nr.board()
    board._question.value = HOSTILE
    board._conclusion.value = "first\n\nsecond\x00"
    board.add("walk-away-c26", "against")
    board._export("docx")
    document = docx.Document(str(beside_the_notebook / "my-brief.docx"))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == HOSTILE
    assert {"first", "second", NOT_ASSERTED} <= set(texts)
    bullets = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "List Bullet"]
    assert bullets == board._open()


def test_nothing_is_overwritten(beside_the_notebook):
    board = nr.board()
    fill(board)
    (beside_the_notebook / "my-brief.md").write_text("mine")
    board._export("md")
    board._export("md")
    assert (beside_the_notebook / "my-brief.md").read_text() == "mine"
    assert "my-brief-3.md" in board._exported.value
    assert (beside_the_notebook / "my-brief-2.md").read_text(encoding="utf-8") == board.markdown
    assert sorted(path.name for path in beside_the_notebook.iterdir()) == [
        "my-brief-2.md",
        "my-brief-3.md",
        "my-brief.md",
    ]


@pytest.mark.parametrize(
    "name, file",
    [("a / b: c", "a-b-c.md"), ("../..", "brief.md"), ("\U0001f609", "brief.md"), ("caf\u00e9 1", "caf\u00e9-1.md"),
     ("CON", "brief-CON.md"), ("lpt9", "brief-lpt9.md")],
)  # fmt: skip
def test_any_name_gives_a_file_in_this_folder_that_every_system_can_open(beside_the_notebook, name, file):
    board = nr.board(name)
    board._question.value = "Should they?"
    board._export("md")
    assert [path.name for path in beside_the_notebook.iterdir()] == [file]


def test_an_empty_board_is_not_written(beside_the_notebook):
    board = nr.board()
    board._export("docx")
    assert "nothing to write yet" in board._exported.value
    assert list(beside_the_notebook.iterdir()) == []


def test_a_folder_that_refuses_files_is_said(monkeypatch):
    with pytest.raises(PackError, match="x.md could not be written in .* Your board is kept"):
        write_new(Path("no/such/folder"), "x", "md", b"x")
    board = nr.board()
    board._question.value = "Should they?"
    monkeypatch.setattr(briefs.Path, "cwd", lambda: Path("no/such/folder"))
    board._export("md")
    assert "could not be written" in board._exported.value


def test_a_full_disk_leaves_no_half_file(beside_the_notebook, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    real = Path.open

    def full_disk(path, mode):
        real(path, mode).close()
        return Full()

    monkeypatch.setattr(briefs.Path, "open", full_disk)
    with pytest.raises(PackError, match="No space left on device"):
        write_new(beside_the_notebook, "x", "md", b"x")
    assert list(beside_the_notebook.iterdir()) == []


# --- what it says where nothing runs -----------------------------------------------------------------------


def test_says_its_content_in_three_ways():
    empty, filled = nr.board(), nr.board("other")
    fill(filled)
    assert html_said(empty) and html_said(filled)
    assert repr(empty) == "Board \u201cmy-brief\u201d: 0 for and 0 against; 5 points are still open."


def test_the_learners_words_are_escaped():
    board = nr.board(HOSTILE)
    brief = fill(board)
    board._question.value = board._answer.value = board._conclusion.value = HOSTILE
    for row in board._rows.values():
        row.words.value = HOSTILE
    assert "<script" not in board.fallback()
    assert board.fallback().count(ESCAPED) == 4 + len(numbers(brief))
    other = nr.board("other")
    for shown in [*board.children, *other.children]:
        value = getattr(shown, "value", "")
        if type(shown).__name__ == "HTML":
            assert "<script" not in value
    assert any(ESCAPED in getattr(child, "value", "") for child in other.children if type(child).__name__ == "HTML")
