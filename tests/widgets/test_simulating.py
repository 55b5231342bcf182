"""The simulators without a browser: the guess, the settings, the results, and what they say when nothing runs."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from html import escape
from threading import Thread
from xml.etree import ElementTree

import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.widgets.simulator import drawing, scenes, simulator
from nhsreform.widgets.simulator.drawing import svg
from nhsreform.widgets.simulator.scenarios import SCENARIOS, YOURS, budget_risk
from nhsreform.widgets.simulator.scenes import MINUS, SCENES
from nhsreform.work import store
from tests.widgets import HOSTILE, html_said

NAMES = list(SCENARIOS)
GUESSES = dict(zip(NAMES, (20, 6, 1, 30), strict=True))

pytestmark = pytest.mark.usefixtures("work_folder")


def guess(panel, number=None):
    panel._entry.value = str(GUESSES[panel.scenario.name] if number is None else number)
    panel._keep(panel._entry.value)
    return panel


def everything(panel):
    """Return every widget in a panel."""
    found = [panel]
    for widget in found:
        found.extend(getattr(widget, "children", ()))
    return found


def words(panel):
    return " ".join(widget.value for widget in everything(panel) if isinstance(widget, ipywidgets.HTML))


@pytest.fixture(params=NAMES)
def panel(request):
    return nr.simulator(request.param)


# --- before and after the guess ----------------------------------------------------------------------


def test_asks_before_it_shows(panel):
    assert panel.guess is None and panel.gap is None
    assert panel._body.layout.display == "none" and not panel._body.children
    assert repr(panel) == f"Simulator {panel.scenario.name}, no guess yet: {panel._scene.question}"
    assert escape(panel._scene.sentence(panel.result)) not in words(panel)


def test_shows_the_gap_and_the_result_once_a_guess_is_kept(panel):
    guess(panel)
    assert panel.guess == GUESSES[panel.scenario.name]
    assert panel._guessing.layout.display == "none" and panel._body.layout.display == ""
    answer = panel._scene.answer(panel.scenario.run())
    assert panel.gap == round(panel.guess - round(answer, 1), 1)
    said = words(panel)
    assert f"You guessed {panel.guess:g} " in said
    assert ("too high" in said) == (panel.gap > 0)
    assert escape(panel._scene.sentence(panel.result)) in said
    assert "You guessed" in repr(panel) and "\n" not in repr(panel)


def test_the_gap_in_words():
    assert "it is 4.1 years out of 100: you were 15.9 years out of 100 too high" in repr(
        guess(nr.simulator("budget-risk"))
    )
    assert "it is 18.3 months: you were 12.3 months too low" in repr(guess(nr.simulator("staff-exit")))
    real = guess(nr.simulator("real-terms"), "\u22121.7")
    assert f"You guessed {MINUS}1.7 percent" in repr(real) and "you had it" in repr(real)
    assert "it is 66.7 percent: you were 36.7 points too low" in repr(guess(nr.simulator("walk-away")))


def test_a_guess_is_kept_and_not_asked_again(panel):
    guess(panel)
    name = panel.scenario.name
    assert store.get("guesses", name) == {"guess": GUESSES[name], "date": date.today().isoformat()}
    again = nr.simulator(name)
    assert again.guess == panel.guess
    assert again._guessing.layout.display == "none"
    assert repr(again) == repr(panel)
    # Enter in a field that is no longer there changes nothing.
    again._entry.value = "99"
    again._enter("Enter", False, "99")
    assert nr.simulator(name).guess == panel.guess


def test_enter_keeps_the_guess():
    panel = nr.simulator("walk-away")
    panel._enter("x", False, "40")
    assert panel.guess is None
    # The field itself has not told the kernel of the second digit yet.
    panel._entry.value = "4"
    panel._enter("Enter", False, "40")
    assert panel.guess == 40


def test_digits_that_arrive_on_another_thread_while_the_guess_is_being_kept_count(monkeypatch):
    """JupyterLab passes on the click and the field's last change over two threads of the kernel."""
    panel, put, field = nr.simulator("walk-away"), store.put, []

    def slow(*given):
        if not field:
            field.append(Thread(target=setattr, args=(panel._entry, "value", "40")))
            field[0].start()
            field[0].join(0.2)
        put(*given)

    monkeypatch.setattr(store, "put", slow)
    guess(panel, "4")
    field[0].join(5)
    assert not field[0].is_alive()
    assert panel.guess == nr.simulator("walk-away").guess == 40
    assert "You guessed 40 percent" in panel._gap.value


def test_a_guess_travels_with_save_and_restore(tmp_path, monkeypatch):
    guess(nr.simulator("budget-risk"))
    file = nr.save(tmp_path / "mine.json")
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "elsewhere"))
    assert nr.simulator("budget-risk").guess is None
    nr.restore(file)
    assert nr.simulator("budget-risk").guess == 20


@pytest.mark.parametrize(
    ("given", "told"),
    [("", "Type a number first"), ("many", "is not a number"), (HOSTILE, "is not a number"), ("nan", "is not a number"),
     ("inf", "is not a number"), ("101", "between 0 and 100"), ("-1", "between 0 and 100"), ("1e400", "is not a number")],
)  # fmt: skip
def test_what_is_no_guess_is_not_kept(given, told):
    panel = guess(nr.simulator("budget-risk"), given)
    assert panel.guess is None
    assert told in panel._status.value
    assert "<script>" not in panel._status.value
    assert store.sections() == {}


def test_a_number_that_is_none_changed_by_hand(work_folder):
    guess(nr.simulator("budget-risk"))
    file = work_folder / "my-work.json"
    file.write_text(file.read_text().replace('"guess": 20.0', '"guess": NaN'))
    assert "NaN" in file.read_text()
    assert nr.simulator("budget-risk").guess is None


# --- settings in, results out ------------------------------------------------------------------------


def test_the_result_follows_the_settings(panel):
    assert panel.result == panel.scenario.run()
    panel.settings = panel._presets[-1].values
    assert panel.result == panel.scenario.run(**panel._presets[-1].values)
    assert panel.settings == panel.scenario.defaults() | panel._presets[-1].values


def test_python_moves_the_sliders_and_sliders_move_the_result():
    panel = guess(nr.simulator("budget-risk"))
    panel.settings = {"people": 30_000, "k": 7.5}
    assert panel._controls["people"].value == 30_000 and panel._controls["k"].value == 7.5
    assert panel.result == budget_risk(people=30_000, k=7.5)
    panel._controls["over"].value = 5.0
    panel._controls["people"].value = 7_000
    assert panel.result == budget_risk(people=7_000, k=7.5, over=5)
    assert "more than 5%" in panel._sentence.value and "7,000 people" in panel._sentence.value
    assert "Chance of more than 5% over budget, by size" in panel._drawing.value
    switch = guess(nr.simulator("real-terms"))
    switch._controls["counted"].value = False
    assert switch.result.change == 0.3 and switch.settings["counted"] == 0


def test_every_control_moves_its_own_setting(panel):
    guess(panel)
    for each in panel.scenario.parameters():
        if each.fixed:
            assert each.name not in panel._controls
            continue
        control = panel._controls[each.name]
        control.value = type(control.value)(each.low if each.default != each.low else each.high)
        assert panel.settings[each.name] == control.value
        assert set(panel.settings) == set(panel.scenario.defaults())


def test_a_float_of_a_slider_is_what_it_shows():
    panel = guess(nr.simulator("real-terms"))
    panel._controls["cash"].value = 2.2000000000000002 + 0.1
    assert panel.settings["cash"] == 2.3


def test_presets_set_the_settings_and_say_where_they_come_from(panel):
    guess(panel)
    assert panel._starts.value == "the opening settings" and not panel._started.value
    for preset in panel._presets[1:]:
        panel._starts.value = preset.label
        assert preset.values.items() <= panel.settings.items()
        assert panel._starts.value == preset.label
        assert escape(preset.basis) in panel._started.value
        assert bool(preset.urls) == bool(preset.mark)
        for url in preset.urls:
            assert f'href="{escape(url)}"' in panel._started.value
    moved = next(iter(panel._controls.values()))
    moved.value = moved.options[0][1] if hasattr(moved, "options") else (moved.min + moved.max) // 3
    if not any(each.values.items() <= panel.settings.items() for each in panel._presets):
        assert panel._starts.value == "your own mix" and not panel._started.value


def test_every_study_with_a_k_is_a_preset():
    studies = table("risk_studies").dropna(subset=["people", "k"])
    presets = nr.simulator("budget-risk")._presets[1:]
    assert len(presets) == len(studies) == len({each.label for each in presets})
    assert sorted(each.values["k"] for each in presets) == sorted(studies.k)
    for study in studies.itertuples():
        (preset,) = [each for each in presets if f"{study.study} " in each.label and f"{int(study.people):,} people" in each.label
                     and each.values["k"] == study.k]  # fmt: skip
        assert study.citation in preset.basis and preset.basis.endswith(f"[{study.mark}, {study.source_kind}]")


def test_without_hindsight_nothing_from_later_is_shown():
    for name in NAMES:
        before, after = nr.simulator(name, hindsight=False), nr.simulator(name)
        guess(before)
        labels = [each.label for each in before._presets]
        assert [each.label for each in after._presets if not each.later] == labels
        for said in (words(before), before.fallback(), " ".join(before._starts.options)):
            for later in (*SCENARIOS[name].later, *(each.label for each in after._presets if each.later)):
                assert escape(later) not in said
        store.put("guesses", name, None)


# --- what stands beside the result -------------------------------------------------------------------


def test_every_number_has_its_source_or_is_yours_and_every_limit_is_printed(panel):
    guess(panel)
    for said in (words(panel), panel.fallback()):
        for each in panel.scenario.parameters():
            assert escape(each.basis) in said
        for limit in panel.scenario.limits():
            assert f"<li>{escape(limit)}</li>" in said
        assert said.count(YOURS) >= sum(not each.mark for each in panel.scenario.parameters())


def test_sliders_have_names_with_units(panel):
    guess(panel)
    names = [control.description for control in panel._controls.values()]
    assert all(names) and len(set(names)) == len(names)
    for each in panel.scenario.parameters():
        if not each.fixed and not each.switch:
            assert each.unit in panel._controls[each.name].description.lower()


def every_setting(scene):
    """Return the opening settings, the presets, and each number alone at both ends."""
    scenario = scene.scenario
    yield {}
    for preset in scene.presets():
        yield preset.values
    for each in scenario.parameters():
        if not each.fixed:
            yield from ({each.name: end} for end in (each.low, each.high))


def test_sentences_of_the_opening():
    said = {name: scene.sentence(scene.scenario.run()) for name, scene in SCENES.items()}
    assert said["budget-risk"].startswith(
        "Luck alone takes a body of 100,000 people more than 2% over its budget in 4.1% of years, about one in 24; "
        "with normal costs it would be 3.9%."
    )
    assert (
        "the exit saves \u00a311\u00a0million in all, if 50% of the work of empty posts is paid for"
        in said["staff-exit"]
    )
    assert f"is {MINUS}1.7%, a cut; counted as kept it is +0.3%, growth" in said["real-terms"]
    assert said["walk-away"].startswith("In this thought experiment 90% of GPs are left")


def test_one_in_how_many_is_said_only_where_the_simulation_tells():
    few = budget_risk(people=901_000, k=3.6, over=1.5)
    assert 0 < few.fat * few.simulated < 100 and "one in" not in SCENES["budget-risk"].sentence(few)
    some = budget_risk(people=200_000, k=3.6, over=2)
    (said,) = re.findall(r"about one in ([\d,]+)", SCENES["budget-risk"].sentence(some))
    assert int(said.replace(",", "")) == float(f"{1 / some.fat:.2g}")


@pytest.mark.parametrize("cash", [4.0, 4.1, 4.2, 4.3])
def test_the_exact_real_change_is_one_number_with_its_sign(cash):
    result = nr.scenarios.real_terms(cash, 2.1, 2, True)
    said = dict(SCENES["real-terms"].rows(result)[2])["Real change, dividing (exact)"]
    assert float(said.removesuffix("%").replace(MINUS, "-")) == round(result.exact, 2)
    assert said[0] == (MINUS if round(result.exact, 2) < 0 else "+")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "less than 0.01%"), (0.00009, "less than 0.01%"), (0.0001, "0.01%"), (0.0042, "0.42%"), (0.0417, "4.2%"),
     (0.0996, "10%"), (0.185, "18%"), (1, "100%")],
)  # fmt: skip
def test_chances_in_words(share, said):
    assert scenes.chance(share) == said


def test_numbers_in_words():
    assert [scenes.signed(each) for each in (0.3, -2.5, 0, -0.04, 2)] == ["+0.3%", f"{MINUS}2.5%", "0%", "0%", "+2%"]
    assert [scenes.pounds(each) for each in (430_950_000, 94_809_000, -9_960_000, 999_499, 999_600, -43_095, 0)] == [
        "\u00a3431\u00a0million", "\u00a394.8\u00a0million", f"{MINUS}\u00a39.96\u00a0million", "\u00a3999,499", "\u00a31\u00a0million",
        f"{MINUS}\u00a343,095", "\u00a30",
    ]  # fmt: skip


# --- the drawing -------------------------------------------------------------------------------------


def elements(text):
    """Return the elements of an SVG by name. It must be well formed."""
    return lambda name: list(ElementTree.fromstring(text).iter(name))


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_said_and_drawn_inside_the_drawing_at_every_end(name):
    scene = SCENES[name]
    for settings in every_setting(scene):
        result = scene.scenario.run(**settings)
        sentence = scene.sentence(result)
        assert sentence.endswith(".") and "nan" not in sentence and "None" not in sentence and "-0" not in sentence
        caption, head, rows = scene.rows(result)
        assert caption and rows and all(len(row) == len(head) for row in rows)
        assert not any("nan" in cell or "None" in cell for row in rows for cell in row)
        text = svg(scene.picture(result))
        assert "nan" not in text and "inf" not in text and "http" not in text
        found = elements(text)
        (root,) = found("svg")
        assert root.get("role") == "img" and root.get("aria-label") == sentence
        _, _, width, height = map(float, root.get("viewBox").split())
        corners = [
            tuple(map(float, point.split(","))) for line in found("polyline") for point in line.get("points").split()
        ]
        corners += [(float(each.get("cx")), float(each.get("cy"))) for each in found("circle")]
        for box in found("rect"):
            x, y, wide, high = (float(box.get(side)) for side in ("x", "y", "width", "height"))
            corners += [(x, y), (x + wide, y + high)]
        assert corners and all(-0.5 <= x <= width + 0.5 and 0 <= y <= height for x, y in corners)
        if name == "walk-away":
            assert len(found("rect")) >= 2 + 5
        else:
            assert len(found("polyline")) == 2
            assert ["dasharray" in line.get("style") for line in found("polyline")] == [False, True]


def test_the_bars_fill_what_is_left():
    boxes = elements(svg(SCENES["walk-away"].picture(SCENARIOS["walk-away"].run(carers_leave=50))))("rect")[2:]
    scale = (drawing.WIDTH - 196 - 26) / 100
    wide = [(round(float(box.get("width")) / scale), "fill:none" in box.get("style")) for box in boxes]
    assert wide == [(10, False), (20, False), (30, False), (30, True), (10, True), (60, False), (40, True)]


def test_the_dot_stands_on_its_line():
    panel = guess(nr.simulator("real-terms"))
    for settings in ({}, {"counted": 0}, {"deflator": 5}, {"cash": 0, "lodged": 5}):
        panel.settings = settings
        found = elements(panel._drawing.value)
        (dot,) = found("circle")
        line = found("polyline")[int(panel.settings["counted"])]
        (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in line.get("points").split())
        x, y = float(dot.get("cx")), float(dot.get("cy"))
        assert y == pytest.approx(y1 + (y2 - y1) * (x - x1) / (x2 - x1), abs=0.3)


@given(st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.booleans())
def test_an_axis_has_a_few_round_ticks(low, length, tight):
    high = low + length
    made = drawing.axis("x", low, high, tight)
    assert 2 <= len(made.ticks) <= 10 or tight
    assert made.low <= low + 1e-6 * length and made.high >= high - 1e-6 * length
    steps = [b - a for a, b in zip(made.ticks, made.ticks[1:], strict=False)]
    assert all(step == pytest.approx(steps[0], rel=1e-3) for step in steps)
    assert made.place(made.low) == 0 and made.place(made.high) == pytest.approx(1)


def test_words_in_a_drawing_are_escaped():
    line = drawing.Line(HOSTILE, ((0, 0), (1, 1)))
    ends = drawing.axis(HOSTILE, 0, 1)
    text = svg(drawing.Lines(HOSTILE, HOSTILE, ends, ends, (line, line), (0, 0)))
    assert "<script" not in text
    assert elements(text)("svg")[0].get("aria-label") == HOSTILE


@pytest.mark.slow
def test_nothing_is_printed_and_altair_is_not_loaded():
    """It takes a second to load, and no panel needs it."""
    code = (
        "import sys, nhsreform as nr\n"
        f"for name in {NAMES}:\n"
        "    s = nr.simulator(name); s._keep('5'); assert '<svg' in s._drawing.value\n"
        "assert 'altair' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_table_is_filled_when_it_is_shown(panel):
    guess(panel)
    button = next(widget for widget in everything(panel) if isinstance(widget, ipywidgets.ToggleButton))
    assert panel._table.layout.display == "none"
    button.value = True
    assert panel._table.layout.display == "" and "<caption>" in panel._table.value
    before = panel._table.value
    panel.settings = {**panel.settings, **panel._presets[-1].values}
    assert panel._table.value != before
    button.value = False
    assert panel._table.layout.display == "none"


# --- what it says when nothing runs --------------------------------------------------------------------


def test_says_its_content_in_three_ways(panel):
    assert "no guess yet" in repr(panel) and html_said(panel)
    assert "no guess yet" not in repr(guess(panel)) and html_said(panel)


def test_the_result_is_folded_away_until_you_have_guessed(panel):
    before = panel.fallback()
    assert "<details><summary>Guess first, then open: the result</summary>" in before
    assert before.index("<details>") < before.index(escape(panel._scene.sentence(panel.result)))
    after = guess(panel).fallback()
    assert "<details>" not in after and escape(panel._gap_sentence()) in after
    for said in (before, after):
        assert said.count("<table>") == said.count("</table>") == 2
        assert '<th scope="col"' in said


def test_a_simulator_writes_nothing_before_a_guess(work_folder, panel):
    assert panel.result and panel.fallback()
    assert not work_folder.exists()


def test_the_questions_state_the_opening_settings():
    """The answer is compared with the guess, so the question must say what it is asked of."""
    openings = {name: scenario.defaults() for name, scenario in SCENARIOS.items()}
    question = {name: SCENES[name].question for name in NAMES}
    assert "100,000 people" in question["budget-risk"] and openings["budget-risk"]["people"] == 100_000
    assert "more than 2%" in question["budget-risk"] and openings["budget-risk"]["over"] == 2
    staff = openings["staff-exit"]
    assert (
        f"\u00a3{staff['payment']:,}" in question["staff-exit"] and f"\u00a3{staff['pay']:,}" in question["staff-exit"]
    )
    assert f"{staff['dearer']}% dearer" in question["staff-exit"] and staff["horizon"] == 2.5
    real = openings["real-terms"]
    assert (
        all(f"{real[name]}%" in question["real-terms"] for name in ("cash", "deflator", "lodged")) and real["counted"]
    )
    assert openings["walk-away"]["needed"] == 50 and openings["walk-away"]["opposed_leave"] == 100
    assert simulator.SECTION == "guesses"
