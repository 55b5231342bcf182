"""What every panel does alike that keeps the learner's work: work with a name, and one answer."""

import pytest

import nhsreform as nr
from nhsreform.errors import PackError
from nhsreform.work import store

pytestmark = pytest.mark.usefixtures("work_folder")


class Boards:
    section, usual, open = "boards", "my-brief", staticmethod(nr.board)

    @staticmethod
    def write(panel, words):
        panel._question.value = words

    @staticmethod
    def written(entry):
        return entry["question"]


class Coders:
    section, usual, open = "codings", "my-coding", staticmethod(nr.coder)

    @staticmethod
    def write(panel, words):
        panel._form_of(0).children[1].value = words

    @staticmethod
    def written(entry):
        return next(iter(entry["codes"].values()))["reason"]


@pytest.fixture(params=[Boards, Coders])
def kind(request):
    return request.param


def test_a_copy_that_is_open_elsewhere_loses_nothing(kind):
    one, two = kind.open(), kind.open()
    kind.write(one, "mine")
    kind.write(two, "theirs")
    kept = store.sections()[kind.section]
    assert {name: kind.written(entry) for name, entry in kept.items()} == {
        kind.usual: "theirs", f"{kind.usual} (kept 1)": "mine",
    }  # fmt: skip
    assert f"{kind.usual} (kept 1)" in two._status.value


def test_a_folder_that_cannot_be_written_is_said_until_the_work_is_kept(kind, monkeypatch):
    panel = kind.open()

    def full(*_):
        raise store.WorkError("Your work could not be saved here (No space left on device).")

    monkeypatch.setattr(store, "put", full)
    kind.write(panel, "Should")
    assert "not kept yet" in panel._status.value and "No space left" in panel._status.value
    monkeypatch.undo()
    kind.write(panel, "Should they?")
    assert panel._status.value == ""
    assert kind.written(store.get(kind.section, kind.usual)) == "Should they?"


@pytest.mark.parametrize("kept", ["text", 3, []])
def test_what_cannot_be_read_is_said_and_put_aside(kind, kept):
    store.put(kind.section, kind.usual, kept)
    panel = kind.open()
    assert "cannot be read" in panel._status.value
    assert store.get(kind.section, kind.usual) == kept
    kind.write(panel, "New.")
    assert store.get(kind.section, f"{kind.usual} (kept 1)") == kept
    assert kind.written(store.get(kind.section, kind.usual)) == "New."


@pytest.mark.parametrize("name", ["", "  ", None, 3, "x" * 61, "a\x00b", "a\x07b"])
def test_a_name_that_cannot_be_used_is_refused(kind, name):
    with pytest.raises(PackError, match=f'nr.{kind.open.__name__}\\("{kind.usual}"\\)'):
        kind.open(name)


class Predictions:
    section, key, keeps, open = "predictions", "01.1", "answer", staticmethod(lambda: nr.predict("01.1"))
    first, second, refused = "First thought", "Second thought", " "
    damaged = (3, None)


class Guesses:
    section, key, keeps, open = "guesses", "walk-away", "guess", staticmethod(lambda: nr.simulator("walk-away"))
    first, second, refused = 30, 70, "4000"
    damaged = ("30", True, 2000)


def keep(panel, words):
    panel._entry.value = str(words)
    panel._button.click()


@pytest.fixture(params=[Predictions, Guesses])
def one(request):
    """A kind of panel that asks for one answer, and a function that returns what is kept as such a panel says it."""
    kind = request.param
    return kind, lambda panel=None: getattr(panel or kind.open(), kind.keeps)


def test_a_second_panel_never_overwrites_a_kept_answer(one):
    kind, kept = one
    first, second = kind.open(), kind.open()
    keep(first, kind.first)
    keep(second, kind.second)
    assert kept(first) == kept(second) == kept() == kind.first
    assert f"You have kept your {kind.keeps} before" in second._status.value
    second._entry.value = str(kind.second)
    assert kept() == kind.first


def test_what_arrives_after_the_click_still_counts(one):
    """A busy kernel gets the click before the last letters that were typed."""
    kind, kept = one
    panel = kind.open()
    keep(panel, str(kind.first)[:1])
    panel._entry.value = str(kind.first)
    assert kept(panel) == kept() == kind.first
    assert str(kind.first) in repr(panel)
    panel._entry.value = kind.refused
    assert kept() == kind.first


def test_an_answer_that_cannot_be_saved_is_said_and_not_lost(one, monkeypatch):
    kind, kept = one

    def full(*_):
        raise store.WorkError("Your work could not be saved: the disk is full.")

    panel = kind.open()
    monkeypatch.setattr(store, "put", full)
    keep(panel, kind.first)
    assert f"Your {kind.keeps} is not kept yet. Your work could not be saved" in panel._status.value
    assert panel._entry.value == str(kind.first) and kept(panel) is None
    assert panel._button.layout.display is None


def test_an_entry_changed_by_hand_counts_as_none(one):
    kind, kept = one
    dateless = [{kind.keeps: kind.first, **day} for day in ({}, {"date": "yesterday"}, {"date": 5})]
    for entry in (
        "text", 20, None, {}, *dateless, *({kind.keeps: each, "date": "2026-11-23"} for each in kind.damaged),
    ):  # fmt: skip
        store.put(kind.section, kind.key, entry)
        assert kept() is None, entry
    keep(kind.open(), kind.first)
    assert kept() == kind.first
