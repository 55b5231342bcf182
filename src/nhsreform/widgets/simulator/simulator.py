"""The simulators: you guess first, then move the numbers and see what follows from them."""

from __future__ import annotations

import math
from datetime import date
from html import escape
from typing import Any

import ipywidgets
import traitlets

from nhsreform.errors import PackError, one_of
from nhsreform.text.numbers_in_words import day
from nhsreform.widgets.prediction.prediction import parse_answer, say
from nhsreform.widgets.shared.keeping import CommittedPanel, dated, status_line
from nhsreform.widgets.shared.keyboard import Keyboard
from nhsreform.widgets.shared.widget import filled, heading, in_turn, paragraph, prose, table_html
from nhsreform.widgets.simulator.drawing import svg
from nhsreform.widgets.simulator.scenarios import Parameter, Preset, scenario
from nhsreform.widgets.simulator.scenes import MINUS, SCENES
from nhsreform.work import store

SECTION = "guesses"
MARKS = (
    "V: seen at its source, which does not make it true: judge it by its kind. D: worked out from numbers that were seen. "
    "Your assumption: no source stands behind it."
)
OWN, OPENING = "your own mix", "the opening settings"


class Simulator(CommittedPanel):
    """One scenario to play with. `.guess` is what you guessed, `.result` what follows from the settings.

    `settings` holds the numbers that go in: `simulator.settings = {**simulator.settings, "k": 7.5}` moves the slider.
    """

    section, keeps = SECTION, "guess"
    settings = traitlets.Dict(key_trait=traitlets.Unicode())

    def __init__(self, name: str, hindsight: bool = True) -> None:
        self.scenario = scenario(name)
        self._limits = self.scenario.limits(hindsight)
        self._scene = SCENES[name]
        known = [each for each in self._scene.presets() if hindsight or not each.later]
        self._presets = [Preset(OPENING, self.scenario.defaults()), *known]
        self._moving = False
        self._keyboard = Keyboard()
        self._keyboard.on_key(self._enter)
        self._guessing = self._guess_box()
        self._gap = ipywidgets.HTML().add_class("nhsr-gap")
        self._body = ipywidgets.VBox(layout={"display": "none", "overflow": "visible"}).add_class("nhsr-body")
        super().__init__(
            [self._keyboard, ipywidgets.HTML(heading(self.scenario.title, "nhsr-title")), prose(self._scene.question, "nhsr-question"),
             self._guessing, self._status, self._body],
            f"simulator {name}",
            settings=self.scenario.defaults(),
        )  # fmt: skip
        self.add_class("nhsr-simulator")
        if self._kept:
            self._open()

    # --- what Python sees ---

    @property
    def guess(self) -> float | None:
        """Your kept guess, in the unit of the question; None until you keep one."""
        return self._kept["guess"] if self._kept else None

    @property
    def result(self) -> Any:
        """What follows from the settings: a record of the scenario, such as BudgetRisk."""
        return self.scenario.run(**self.settings)

    @property
    def gap(self) -> float | None:
        """Your guess less the answer at the opening settings; None until you keep a guess."""
        return None if self.guess is None else _rounded(self.guess - _rounded(self._answer))

    @property
    def _answer(self) -> float:
        return self._scene.answer(self.scenario.run())

    @traitlets.validate("settings")
    def _valid(self, proposal: dict[str, Any]) -> dict[str, float]:
        """Accept settings that name every parameter and that the scenario can run on."""
        entered, known = proposal["value"], self.scenario.defaults()
        for name in entered:
            one_of(name, known, f"There is no setting called {name!r}.")
        settings = {**known, **entered}
        self.scenario.run(**settings)
        for each in self.scenario.parameters():
            value = settings[each.name]
            if each.fixed and value != each.default:
                raise PackError(f"{each.name} is part of the scenario: leave it at {each.default:g}.")
            if each.stops and value not in each.stops:
                stops = ", ".join(f"{stop:,}" for stop in each.stops)
                raise PackError(f"{each.name} is {value:,}. The slider stops at {stops}.")
            if not each.low <= value <= each.high:
                raise PackError(f"{each.name} is {value:,}. The slider goes from {each.low:,} to {each.high:,}.")
        return settings

    # --- what it says when nothing runs ---

    def summary(self) -> str:
        """Return one sentence: the question, or once you have guessed, your guess and the result."""
        name = self.scenario.name
        if not self._kept:
            return f"Simulator {name}, no guess yet: {self._scene.question}"
        return f"Simulator {name}. {self._gap_sentence()} Now: {self._scene.sentence(self.result)}"

    def fallback(self) -> str:
        """Return the question, the result (folded away until you have guessed), the numbers and the limits."""
        result = self.result
        rows = [[each.label, self._value(each), each.unit, each.basis] for each in self.scenario.parameters()]
        return filled(
            "simulator/simulator",
            title=self.scenario.title,
            question=self._scene.question,
            gap=self._gap_sentence() if self._kept else "",
            sentence=self._scene.sentence(result),
            result=table_html(*self._scene.rows(result), sentences=True),
            numbers=table_html(
                "What goes in", ["Number", "Value", "Unit", "Where it comes from"], rows, sentences=True
            ),
            marks=MARKS,
            limits=self._limits,
        )

    def _value(self, parameter: Parameter) -> str:
        value = self.settings[parameter.name]
        return ("no", "yes")[int(value)] if parameter.switch else f"{value:,}"

    def _gap_sentence(self) -> str:
        if self._kept is None or self.guess is None:
            return ""
        unit, away = self._scene.unit, self.gap
        far = (
            f"you were {say(abs(away), self._scene.apart)} too {'high' if away > 0 else 'low'}"
            if away
            else "you had it"
        )
        guess, answer = (say(number, unit).replace("-", MINUS) for number in (self.guess, _rounded(self._answer)))
        return f"You guessed {guess} on {day(date.fromisoformat(self._kept['date']))}. With the opening settings it is {answer}: {far}."

    def _gap_html(self) -> str:
        # It takes the focus when a guess is kept.
        return f'<p tabindex="-1">{escape(self._gap_sentence())}</p>'

    # --- the guess ---

    def _guess_box(self) -> ipywidgets.Widget:
        # Sent when the learner leaves the field; Enter brings the text along.
        entry = ipywidgets.Text(
            description=f"Your guess, in {self._scene.unit}",
            continuous_update=False,
            layout={"width": "24rem", "max_width": "100%"},
            style={"description_width": "initial"},
        )
        entry.add_class("nhsr-enter")
        self._commits(self.scenario.name, entry)
        return ipywidgets.VBox([entry, self._button], layout={"overflow": "visible"})

    def _enter(self, key: str, _: bool, text: str) -> None:
        """Keep the guess when Enter is pressed in its field."""
        if key == "Enter":
            self._keep(text)

    def _there(self) -> dict[str, Any] | None:
        """Return the kept guess, or None. An entry changed by hand so that it no longer fits counts as none."""
        entry = dated(store.get(SECTION, self.scenario.name))
        guess = entry.get("guess")
        if isinstance(guess, bool) or not isinstance(guess, int | float):
            return None
        return entry if self._scene.low <= guess <= self._scene.high else None

    def _parsed(self, text: str | None) -> tuple[str | float | None, str]:
        guess, refusal = parse_answer({"kind": "number", "unit": self._scene.unit}, (text or "").replace(MINUS, "-"))
        low, high = self._scene.low, self._scene.high
        if not isinstance(guess, float) or low <= guess <= high:
            return guess, refusal
        return None, f"Your guess is out of range: type a number between {low:g} and {high:g}."

    def _show_kept(self) -> None:
        if self._body.children:
            self._gap.value = self._gap_html()
        else:
            self._open()
        # What had the focus is gone.
        self._keyboard.focus(".nhsr-gap")

    # --- the numbers and what follows ---

    def _open(self) -> None:
        """Show the result and the sliders in place of the guess: a guess is not changed after the fact."""
        self._guessing.layout.display = "none"
        self._sentence = status_line()
        self._drawing = ipywidgets.HTML().add_class("nhsr-drawing")
        self._table = ipywidgets.HTML(layout={"display": "none"})
        numbers = ipywidgets.ToggleButton(description="Show the numbers as a table", layout={"width": "auto"})
        numbers.observe(self._show_table, "value")
        self._starts = ipywidgets.Dropdown(
            description="Start from", options=[OWN, *(each.label for each in self._presets)],
            layout={"width": "auto"}, style={"description_width": "initial"},
        )  # fmt: skip
        self._starts.observe(self._start, "value")
        self._started = ipywidgets.HTML().add_class("nhsr-basis")
        self._controls = {}
        rows = []
        for each in self.scenario.parameters():
            if not each.fixed:
                self._controls[each.name] = control = _control(each, self.settings[each.name])
                control.observe(self._moved, "value")
                rows += [control, _basis(each)]
        fixed = [each for each in self.scenario.parameters() if each.fixed]
        if fixed:
            shares = "; ".join(f"{each.label}: {each.default:g} {each.unit}" for each in fixed)
            rows.insert(0, prose(f"{shares}. {fixed[0].basis}", "nhsr-basis"))
        limits = "".join(f"<li>{escape(each)}</li>" for each in self._limits)
        self._gap.value = self._gap_html()
        self._body.children = [
            self._gap, self._sentence, self._drawing, numbers, self._table,
            self._starts, self._started, *rows, prose(MARKS, "nhsr-basis"),
            ipywidgets.HTML(heading("What this leaves out")), ipywidgets.HTML(f"<ul>{limits}</ul>"),
        ]  # fmt: skip
        self._body.layout.display = ""
        self._show()
        self.observe(lambda _: self._show(), "settings")

    @in_turn
    def _moved(self, _: Any) -> None:
        if not self._moving:
            self.settings = {**self.settings, **{name: _number(each.value) for name, each in self._controls.items()}}

    @in_turn
    def _start(self, change: dict[str, Any]) -> None:
        chosen = next((each for each in self._presets if each.label == change["new"]), None)
        if chosen and not self._moving:
            self.settings = {**self.settings, **chosen.values}
            self._say_start()

    @in_turn
    def _show(self) -> None:
        """Draw the result of the settings, and set the controls to them."""
        result = self.result
        self._sentence.value = paragraph(self._scene.sentence(result))
        self._fill_table()
        self._drawing.value = svg(self._scene.picture(result))
        self._moving = True
        try:
            for name, control in self._controls.items():
                control.value = type(control.value)(self.settings[name])
            self._say_start()
        finally:
            self._moving = False

    def _say_start(self) -> None:
        """Name the preset that the settings fit, and where it comes from."""
        current = self._preset()
        self._starts.value = current.label if current else OWN
        # Where each opening value comes from stands beside its slider.
        if current and current.label != OPENING:
            self._started.value = f"<p>{escape(f'From: {current.basis}')}{_links(*current.urls, of=current.label)}</p>"
        else:
            self._started.value = ""

    def _preset(self) -> Preset | None:
        """Return the preset whose values are the settings: the chosen one if it is still true, else the first."""
        fits = [each for each in self._presets if each.values.items() <= self.settings.items()]
        return next((each for each in fits if each.label == self._starts.value), fits[0] if fits else None)

    @in_turn
    def _show_table(self, change: dict[str, Any]) -> None:
        self._table.layout.display = "" if change["new"] else "none"
        self._fill_table()

    def _fill_table(self) -> None:
        if not self._table.layout.display:
            self._table.value = table_html(*self._scene.rows(self.result))


def _control(parameter: Parameter, value: float) -> ipywidgets.ValueWidget:
    """Return the control for a parameter."""
    said = parameter.switch or parameter.unit in parameter.label.lower()
    name = parameter.label if said else f"{parameter.label} ({parameter.unit})"
    look = {"description": name, "style": {"description_width": "initial"}, "layout": {"width": "auto"}}
    if parameter.switch:
        return ipywidgets.Checkbox(value=bool(value), indent=False, **look)
    if parameter.stops:
        options = [(f"{stop:,}", stop) for stop in parameter.stops]
        control = ipywidgets.SelectionSlider(options=options, value=value, **look)
    else:
        whole = all(float(each).is_integer() for each in (parameter.low, parameter.high, parameter.step))
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        number = int if whole else float
        form = "," if whole else f".{max(0, -math.floor(math.log10(parameter.step) + 1e-9))}f"
        control = kind(
            value=number(value), min=number(parameter.low), max=number(parameter.high), step=number(parameter.step),
            readout_format=form, **look,
        )  # fmt: skip
    return control.add_class("nhsr-slider")


def _basis(parameter: Parameter) -> ipywidgets.HTML:
    """Return the line below a control: where its opening value comes from."""
    words = escape(f"Opens at {parameter.default:,g}: {parameter.basis}")
    if parameter.switch:
        words = escape(f"Opens at {'yes' if parameter.default else 'no'}: {parameter.basis}")
    links = _links(*filter(None, [parameter.url]), of=parameter.label)
    return ipywidgets.HTML(f"<p>{words}{links}</p>").add_class("nhsr-basis")


def _links(*urls: str, of: str) -> str:
    """Return links to the sources `of` a thing; more than one are numbered, so that each has a name of its own."""
    names = ["Source"] if len(urls) == 1 else [f"Source {place}" for place in range(1, len(urls) + 1)]
    return "".join(
        f' <a href="{escape(url)}" target="_blank" rel="noreferrer" aria-label="{name}: {escape(of)}">{name}</a>'
        for url, name in zip(urls, names, strict=True)
    )


def _number(value: Any) -> float:
    """Return a control's value as a setting: 0 or 1 for a switch, and 2.2 for the 2.2000000000000002 of a slider."""
    return int(value) if isinstance(value, bool) else round(value, 6)


def _rounded(number: float) -> float:
    """Return a number to one decimal, as it is compared with a guess."""
    return round(number, 1) + 0.0


def simulator(name: str, hindsight: bool = True) -> Simulator:
    """Play with one of four scenarios: budget-risk, staff-exit, real-terms or walk-away.

    hindsight=False leaves out settings and sentences from after the five texts.

    Returns the panel. It asks for a guess first and keeps it; `.guess`, `.gap`, `.settings` and `.result` say
    what it holds.

    Raises PackError for an unknown name, WorkError when your saved work cannot be read.
    """
    return Simulator(name, hindsight)
