"""A claim as a widget shows it: every code turned into words. Pure: tables in, plain JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from nhsreform.data.stances import STANCES
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


class Words(NamedTuple):
    """The names to show for ids and codes."""

    actors: Mapping[str, Mapping[str, str]]
    themes: Mapping[str, str]
    codes: Mapping[tuple[str, str], str]

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


def words() -> Words:
    """Return the names to show, from the tables actors, themes and codebook."""
    actors, themes, codebook = table("actors"), table("themes"), table("codebook")
    return Words(
        actors.set_index("actor_id")[["name", "role", "organisation"]].to_dict("index"),
        dict(zip(themes.theme, themes.label, strict=True)),
        dict(zip(zip(codebook.field, codebook.code, strict=True), codebook.label, strict=True)),
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

    A claim of the coder set is returned without one code: only who speaks and how the words reach you.
    """
    stance = KEPT_BACK if claim["coder_set"] else stance_of(claim["position"], int(claim["strength"]))
    shown: dict[str, Any] = {
        "id": claim["claim_id"],
        "kept_back": bool(claim["coder_set"]),
        "stance": stance.key,
        "token": stance.token,
        "stance_label": stance.label,
        "speaker": {"id": claim["speaker"], "label": names.name(claim["speaker"])},
        "role": names.role(claim["speaker"]),
        "voice": names.code("voice", claim["voice"]),
        "chain": [names.name(actor) for actor in claim["voice_chain"].split(" > ")],
    }
    if claim["coder_set"]:
        return {**shown, "position": KEPT_BACK.key, "themes": [], "kind": None, "counted": True}
    themes = [theme for theme in (claim["theme"], claim["theme_2"]) if theme]
    return {
        **shown,
        "position": claim["position"],
        "kind": {"id": claim["kind"], "label": names.code("kind", claim["kind"])},
        "themes": [{"id": theme, "label": names.themes[theme]} for theme in themes],
        "about": names.code("about", claim["about"]),
        "condition_label": _CONDITIONS[claim["conditional"]],
        "condition": claim["condition"],
        "counted": bool(claim["asserted"]),
        "paraphrase": claim["paraphrase"],
        "readings": _readings(claim["alternative_reading"], names),
        "note": claim["note"],
    }


def _readings(text: str, names: Words) -> list[str]:
    """Return each alternative reading as a sentence: `position=mixed: why` becomes `position mixed: why`."""
    readings = []
    for part in filter(None, (piece.strip() for piece in text.split(" | "))):
        coding, _, reason = part.partition(":")
        field, equals, code = (piece.strip() for piece in coding.partition("="))
        if equals:
            label = names.themes.get(code) if field.startswith("theme") else names.codes.get((field, code))
            part = f"{field} \u2018{label or code}\u2019: {reason.strip()}"
        readings.append(part)
    return readings
