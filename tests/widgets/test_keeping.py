"""What every panel does alike whose work has a name."""

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
