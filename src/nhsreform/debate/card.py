"""A claim as a widget shows it: every code turned into words. Pure: tables in, plain JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from nhsreform.checkout import once
from nhsreform.data.stances import STANCES, codings
from nhsreform.data.tables import table


class Stance(NamedTuple):
    """How one position is shown: never by colour alone."""

    key: str
    token: str
    label: str


NO_SIDE = Stance("none", "\u25cb", "takes no side")
KEPT_BACK = Stance("kept-back", "?", "kept back")
KEPT_BACK_SENTENCE = "Kept back for notebook 06: you will code this one yourself."

# What a learner may know of a kept-back claim before notebook 06: its place, its words, who says them and how.
OPEN_COLUMNS = [
    "claim_id", "source_id", "start", "end", "exact", "prefix", "suffix",
    "speaker", "voice", "voice_chain", "coder_set",
]  # fmt: skip

_CONDITIONS = {"none": "", "condition": "On condition", "requirement": "Requires"}
# What the label stands for, wherever a sentence speaks of it.
TERMS = {"On condition": "a condition", "Requires": "a requirement"}


class Words(NamedTuple):
    """The names to show for ids and codes."""

    actors: Mapping[str, Mapping[str, str]]
    themes: Mapping[str, str]
    questions: Mapping[str, str]
    codes: Mapping[tuple[str, str], str]
    answers: Mapping[str, Sequence[Mapping[str, Any]]]

    def name(self, actor_id: str) -> str:
        """Return the name to show for an actor."""
        return self.actors[actor_id]["name"]

    def role(self, actor_id: str) -> str:
        """Return the role an actor held that day, with the organisation, or nothing."""
        actor = self.actors[actor_id]
        return ", ".join(filter(None, (actor["role"], actor["organisation"])))

    def code(self, field: str, code: str) -> str:
        """Return the codebook's label for a code, or the code itself with its hyphens opened."""
        return self.codes.get((field, code)) or code.replace("-", " ")


def words(coded: pd.DataFrame | None = None) -> Words:
    """Return the names to show, from the tables actors, themes and codebook, and what each claim answers.

    `coded` is what codings(...) returned; without it, our own coding.
    """
    return _our_words() if coded is None else _words(coded)


@once
def _our_words() -> Words:
    return _words(codings())


def _words(coded: pd.DataFrame) -> Words:
    actors, themes, codebook = table("actors"), table("themes"), table("codebook")
    answers: dict[str, list[dict[str, Any]]] = {}
    for row in coded.to_dict("records"):
        answers.setdefault(row["claim_id"], []).append(row)
    return Words(
        actors.set_index("actor_id")[["name", "role", "organisation"]].to_dict("index"),
        dict(zip(themes.theme, themes.label, strict=True)),
        dict(zip(themes.theme, themes.question, strict=True)),
        dict(zip(zip(codebook.field, codebook.code, strict=True), codebook.label, strict=True)),
        answers,
    )


def stance_of(position: str, strength: int) -> Stance:
    """Return how a claim's position is shown; the key names its colour and underline in base.css."""
    if position == "none":
        return NO_SIDE
    sign = {"sceptic": -1, "mixed": 0, "enthusiast": 1}[position]
    label, token, _ = STANCES[sign * strength]
    return Stance(f"{position}-{strength}" if sign else position, token, label)


def card(claim: pd.Series | Mapping[str, Any], names: Words) -> dict[str, Any]:
    """Return one claim in words, ready for a widget.

    Keys: id, kept_back, speaker, role, voice, chain, stance, token, stance_label and position (of its main question), themes
    and answers (what the words answer to each question they touch: theme, label, question, position, stance, token,
    stance_label, readings), kind, condition_label, condition, counted, paraphrase, readings and note. A claim of the coder
    set is returned without one code: only who speaks and how the words reach you.
    """
    shown: dict[str, Any] = {
        "id": claim["claim_id"],
        "kept_back": bool(claim["coder_set"]),
        "speaker": {"id": claim["speaker"], "label": names.name(claim["speaker"])},
        "role": names.role(claim["speaker"]),
        "voice": names.code("voice", claim["voice"]),
        "chain": [names.name(actor) for actor in claim["voice_chain"].split(" > ")],
    }
    if claim["coder_set"]:
        unknown = {"stance": KEPT_BACK.key, "token": KEPT_BACK.token, "stance_label": KEPT_BACK.label}
        return {
            **shown,
            **unknown,
            "position": KEPT_BACK.key,
            "themes": [],
            "answers": [],
            "kind": None,
            "counted": True,
        }
    answers = [answer(row, names) for row in names.answers[claim["claim_id"]]]
    main = answers[0]
    return {
        **shown,
        **{key: main[key] for key in ("stance", "token", "stance_label", "position", "readings")},
        "kind": {"id": claim["kind"], "label": names.code("kind", claim["kind"])},
        "themes": [{"id": each["theme"], "label": each["label"]} for each in answers],
        "answers": answers,
        "condition_label": _CONDITIONS[claim["conditional"]],
        "condition": claim["condition"],
        "counted": bool(claim["asserted"]),
        "paraphrase": claim["paraphrase"],
        "note": claim["note"],
    }


def answer(coding: Mapping[str, Any], names: Words) -> dict[str, Any]:
    """Return what a claim's words answer to one question, in words: see the key answers of card()."""
    stance = stance_of(coding["position"], int(coding["strength"]))
    return {
        "theme": coding["theme"],
        "label": names.themes[coding["theme"]],
        "question": names.questions[coding["theme"]],
        "position": coding["position"],
        "strength": int(coding["strength"]),
        "stance": stance.key,
        "token": stance.token,
        "stance_label": stance.label,
        "readings": [_reading(*each, names) for each in alternatives(coding["alternative_reading"])],
    }


def alternatives(text: str) -> list[tuple[str, str, str]]:
    """Return the other readings in a cell of codings as (field, code, reason); a remark that names no code is a reason alone."""
    readings = []
    for part in filter(None, (piece.strip() for piece in text.split(" | "))):
        coding, _, reason = part.partition(":")
        field, equals, code = (piece.strip() for piece in coding.partition("="))
        readings.append((field, code, reason.strip()) if equals else ("", "", part))
    return readings


def _reading(field: str, code: str, reason: str, names: Words) -> str:
    """Return an alternative reading as a sentence: `position=mixed: why` becomes `position mixed: why`."""
    label = names.themes.get(code) if field.startswith("theme") else names.codes.get((field, code))
    return f"{field} \u2018{label or code}\u2019: {reason}" if field else reason
