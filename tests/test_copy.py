"""A learner's copy: a newer pack reaches it, and nothing that they did is lost."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform.commands import FOUND, OK, main
from nhsreform.notebooks import copy, save_hook
from tests.conftest import ROOT

NAMES = ["notebooks/01.ipynb", "exercises/01.ipynb", "exercises/01 (my copy).ipynb", "exercises/01 (MY COPY 2).ipynb"]
VERSIONS = st.sampled_from(["a", "b", "c"])
FILES = st.dictionaries(st.sampled_from(NAMES), VERSIONS)


def notebook(text, outputs=()):
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": list(outputs), "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def put(folder, files):
    """Put files into a folder, in place of the notebooks that are there."""
    for old in folder.rglob("*.ipynb"):
        old.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(notebook(text))


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.ipynb") if path.is_file()
    }


@pytest.fixture
def places(tmp_path):
    """A pack and a copy that has been given it."""
    pack, own = tmp_path / "pack", tmp_path / "copy"
    put(pack, dict.fromkeys(NAMES[:2], "a"))
    copy.bring_up_to_date(pack, own)
    return pack, own


# --- the rule, over three versions --------------------------------------------------------------------------------------


@given(FILES, FILES, FILES, st.sets(st.sampled_from(NAMES)))
def test_each_file_is_one_of_what_the_rule_says(last, now, own, asked):
    done = copy.update(last, now, own, asked)
    for name in {*last, *now, *own}:
        mine, before, new = own.get(name), last.get(name), now.get(name)
        written = name in done.write
        if new is None or mine == new:
            assert not written
        elif name in asked:
            assert written and (name in done.aside) == (mine is not None)
        elif mine is None:
            assert written == (before is None) and (name in done.gone) == (before is not None)
        else:
            assert written == (mine == before), "the learner's own, or one that they had not touched"
            assert (name in done.apart) == (mine != before and new != before)
    assert set(done.write) <= set(now)
    taken = [name.casefold() for name in (*own, *now)]
    new_names = [name.casefold() for name in done.aside.values()]
    assert len({*taken, *new_names}) == len(set(taken)) + len(new_names), "no name is used twice"


@given(FILES, FILES, FILES)
def test_a_second_time_changes_nothing(last, now, own):
    done = copy.update(last, now, own)
    after = own | {name: now[name] for name in done.write}
    again = copy.update(done.record, now, after)
    assert not again.write and not again.aside
    assert again.apart == done.apart, "it is said until the learner has decided"


# --- a term on the disk --------------------------------------------------------------------------------------------------


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("release"), st.dictionaries(st.sampled_from(NAMES), VERSIONS, min_size=1)),
        st.tuples(st.just("write"), st.tuples(st.sampled_from(NAMES), st.integers(0, 3))),
        st.tuples(st.just("delete"), st.sampled_from(NAMES)),
        st.tuples(st.just("run"), st.sampled_from(NAMES)),
        st.tuples(st.just("ask"), st.sampled_from(NAMES)),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_through_a_term_no_word_of_a_learner_is_lost(tmp_path_factory, steps):
    base = tmp_path_factory.mktemp("term")
    pack, own = base / "pack", base / "copy"
    put(pack, {NAMES[0]: "a"})
    deleted, offered = set(), {NAMES[0]}
    copy.bring_up_to_date(pack, own)
    for what, more in steps:
        before = files_in(own)
        if what == "release":
            put(pack, more)
            copy.bring_up_to_date(pack, own)
            offered |= more.keys()
        elif what == "write":
            (own / more[0]).parent.mkdir(exist_ok=True)
            (own / more[0]).write_bytes(notebook(f"mine {more[1]}"))
            deleted.discard(more[0])
        elif what == "delete" and more in before:
            (own / more).unlink()
            # What the pack never had before is new when it comes.
            deleted |= {more} & offered
        elif what == "run" and more in before:
            text = json.loads(before[more])["cells"][0]["source"]
            (own / more).write_bytes(notebook(text, [{"output_type": "stream", "name": "stdout", "text": "1"}]))
        elif what == "ask" and (pack / more).is_file():
            copy.bring_up_to_date(pack, own, [more])
            deleted.discard(more)
            assert copy.mark_of(more, (own / more).read_bytes()) == copy.mark_of(more, (pack / more).read_bytes())
        after = files_in(own)
        if what in ("release", "ask"):
            for name, data in before.items():
                if b"mine" in data and name != more:
                    assert after[name] == data, "a changed file is where it was, as it was"
                elif b"mine" in data:
                    assert data in after.values(), "a changed file may have a new name, because its learner asked"
                elif name in (more if what == "release" else ()):
                    assert copy.mark_of(name, after[name]) == copy.mark_of(name, (pack / name).read_bytes())
                else:
                    assert name in after
            assert not deleted & after.keys(), "what was taken away comes back only when it is asked for"


@pytest.mark.parametrize("stop", range(4))
def test_whatever_breaks_off_is_done_by_the_next_call(places, monkeypatch, stop):
    pack, own = places
    (own / NAMES[1]).write_bytes(notebook("mine"))
    put(pack, dict.fromkeys([*NAMES[:2], "notebooks/02.ipynb"], "b"))
    real, calls = copy.write_whole, []

    def breaks_off(path, data, **more):
        calls.append(path)
        if len(calls) > stop:
            raise KeyboardInterrupt
        real(path, data, **more)

    monkeypatch.setattr(copy, "write_whole", breaks_off)
    if stop < 3:
        with pytest.raises(KeyboardInterrupt):
            copy.bring_up_to_date(pack, own)
    monkeypatch.setattr(copy, "write_whole", real)
    done, problems = copy.bring_up_to_date(pack, own)
    assert not problems and done.apart == (NAMES[1],)
    assert files_in(own) == files_in(pack) | {NAMES[1]: notebook("mine")}


def test_a_name_that_the_learner_had_first_stays_theirs(places):
    pack, own = places
    (own / NAMES[2]).write_bytes(notebook("mine"))
    put(pack, dict.fromkeys(NAMES[:3], "a"))
    assert copy.bring_up_to_date(pack, own)[0].apart == (NAMES[2],)
    (own / NAMES[2]).unlink()
    done, _ = copy.bring_up_to_date(pack, own)
    assert done.gone == (NAMES[2],) and not (own / NAMES[2]).exists()


@pytest.mark.parametrize("record", [b"", b"[]", b'{"format": "nhsreform-given", "files": 1}', b"\xff", b"[" * 100_000])
def test_without_a_record_every_file_counts_as_changed(places, record):
    pack, own = places
    (own / copy.RECORD).write_bytes(record)
    put(pack, dict.fromkeys(NAMES[:2], "b"))
    done, _ = copy.bring_up_to_date(pack, own)
    assert set(done.apart) == set(NAMES[:2]) and files_in(own) == dict.fromkeys(NAMES[:2], notebook("a"))


def test_a_link_or_a_folder_in_a_file_s_place_stays(places, tmp_path):
    pack, own = places
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_bytes(notebook("mine"))
    (own / NAMES[0]).unlink()
    (own / NAMES[0]).symlink_to(elsewhere)
    (own / NAMES[1]).unlink()
    (own / NAMES[1]).mkdir()
    put(pack, dict.fromkeys(NAMES[:2], "b"))
    done, problems = copy.bring_up_to_date(pack, own)
    assert set(done.apart) == set(NAMES[:2]) and not problems
    assert (own / NAMES[0]).is_symlink() and elsewhere.read_bytes() == notebook("mine") and (own / NAMES[1]).is_dir()
    copy.bring_up_to_date(pack, own, NAMES[:2])
    assert files_in(pack).items() <= files_in(own).items() and elsewhere.read_bytes() == notebook("mine")


def test_a_file_where_a_folder_belongs_stops_nothing_else(places):
    pack, own = places
    for path in (own / "exercises").iterdir():
        path.unlink()
    (own / "exercises").rmdir()
    (own / "exercises").write_text("mine")
    put(pack, dict.fromkeys([*NAMES[:2], "exercises/02.ipynb"], "b"))
    done, problems = copy.bring_up_to_date(pack, own)
    assert (own / "exercises").read_text() == "mine" and (own / NAMES[0]).read_bytes() == notebook("b")
    assert len(problems) == 1 and "exercises/02.ipynb could not be written" in problems[0]


# --- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(places, monkeypatch, capsys):
    """Run `nhsreform update` in a copy; return its exit code and what it says."""
    pack, own = places
    monkeypatch.setattr("nhsreform.checkout.checkout", lambda: pack)
    monkeypatch.chdir(own / "exercises")

    def run(*arguments):
        code = main(["update", *arguments])
        return code, "".join(capsys.readouterr())

    return run


def test_it_says_what_was_kept_apart_and_how_to_get_the_original(places, command):
    pack, own = places
    assert command() == (OK, "All is up to date.\n")
    (own / NAMES[1]).write_bytes(notebook("mine"))
    put(pack, dict.fromkeys(NAMES[:2], "b"))
    code, said = command("--news", str(own))
    assert code == FOUND and "Yours are as you left them" in said and f"- {NAMES[1]}" in said
    assert "in place of ones that you had not changed:\n- notebooks/01.ipynb" in said
    assert (own / "what-is-new.txt").read_text(encoding="utf-8") == said.removesuffix("\n")
    line = next(line for line in said.splitlines() if "!nhsreform update" in line)
    code, said = command("--bring-back", line.split('"')[1])
    assert code == OK and "yours is now exercises/01 (my copy).ipynb" in said
    assert (own / "exercises/01 (my copy).ipynb").read_bytes() == notebook("mine")
    assert (own / NAMES[1]).read_bytes() == notebook("b")
    assert command() == (OK, "All is up to date.\n")


def test_the_same_news_is_not_told_twice_and_writes_over_nothing(places, command):
    pack, own = places
    (own / "what-is-new.txt").write_text("my own words", encoding="utf-8")
    (own / NAMES[1]).unlink()
    codes = [command("--news", str(own))[0] for _ in range(3)]
    assert codes == [FOUND, OK, OK]
    assert (own / "what-is-new.txt").read_text(encoding="utf-8") == "my own words"
    assert "You took these away" in (own / "what-is-new-2.txt").read_text(encoding="utf-8")


def test_a_name_that_the_pack_does_not_have_is_told(command, places, monkeypatch):
    code, said = command("--bring-back", "01.ipynb")
    assert code == 2 and "Did you mean exercises/01.ipynb, notebooks/01.ipynb?" in said
    monkeypatch.chdir(places[0])
    assert "You are in no copy" in command()[1]


def test_what_is_saved_in_a_copy_is_cleaned_as_in_the_pack(places):
    _, own = places

    class Contents:
        root_dir = str(own)

    model = {"type": "notebook", "content": {"cells": [], "metadata": {"widgets": {}}}}
    save_hook.pre_save(model=model, path=NAMES[0], contents_manager=Contents())
    assert "widgets" not in model["content"]["metadata"]


def test_the_pack_s_own_files_are_those_that_a_copy_is_given():
    files = copy.files_of(ROOT)
    assert len([name for name in files if name.endswith(".ipynb")]) == 10 + 9
    assert not any("answers" in name or "outputs" in name for name in files)
