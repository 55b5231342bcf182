"""The coder's model: what is coded, how a saved coding is read, how two codings compare. Pure: no widget."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from nhsreform.checkout import once
from nhsreform.data.sources import source
from nhsreform.data.stances import STANCES, codings
from nhsreform.data.table_view import Table
from nhsreform.data.tables import table
from nhsreform.debate import card
from nhsreform.debate.card import NO_SIDE, stance_of, words
from nhsreform.debate.select import claims
from nhsreform.errors import PackError
from nhsreform.reliability.coefficients import Interval, bootstrap_interval, cohen_kappa, krippendorff_alpha
from nhsreform.text.numbers_in_words import days, plural
from nhsreform.text.untrusted import for_file
from nhsreform.widgets.reader.model import page_sections
from nhsreform.work import store

SECTION = "codings"
NAME = "my-coding"
VERSION = 1
FEWEST = 10
CHALLENGE = "Ours is one careful coding, open to challenge."
_ENOUGH_CONTEXT = 60


class Choice(NamedTuple):
    """One of the six codes to choose from."""

    key: str
    token: str
    label: str
    position: str
    strength: int
    stance: int | None


def _choices() -> dict[str, Choice]:
    choices = []
    for stance in STANCES:
        position = "mixed" if stance == 0 else "sceptic" if stance < 0 else "enthusiast"
        key, token, label = stance_of(position, abs(stance))
        choices.append(Choice(key, token, label, position, abs(stance), stance))
    choices.append(Choice(*NO_SIDE, "none", 0, None))
    return {choice.key: choice for choice in choices}


# From strongly sceptic to strongly enthusiast, and last the code that is no place on that scale.
CHOICES = _choices()

Coding = dict[str, dict[str, Any]]

# Which rule of the codebook decided each claim that is kept back, as field and code.
DECIDED_BY = {
    "joint-report-c33": ("rule", "gain-and-trouble"),
    "joint-report-c41": ("rule", "hope-and-offer"),
    "joint-report-c48": ("rule", "gain-and-trouble"),
    "joint-report-c65": ("strength", "1"),
    "pct-managers-c10": ("rule", "need"),
    "pct-managers-c12": ("rule", "gain-and-trouble"),
    "pct-managers-c19": ("rule", "need"),
    "pct-managers-c21": ("position", "mixed"),
    "mps-inquiry-c09": ("theme-choice", "no-answer"),
    "mps-inquiry-c17": ("strength", "1"),
    "mps-inquiry-c24": ("rule", "direction"),
    "nuffield-polls-c09": ("rule", "need-that-counts"),
    "nuffield-polls-c10": ("rule", "past"),
    "nuffield-polls-c12": ("rule", "need-that-counts"),
    "walk-away-c09": ("strength", "2"),
    "walk-away-c12": ("strength", "1"),
    "walk-away-c18": ("strength", "2"),
    "walk-away-c19": ("rule", "gain-and-trouble"),
    "walk-away-c22": ("position", "mixed"),
    "walk-away-c52": ("rule", "gain-and-trouble"),
}


# --- what is coded -----------------------------------------------------------------------------------


@once
def coder_items() -> list[dict[str, Any]]:
    """Return the claims to code, each with the question that it answers, and without one position.

    Keys: claim_id, source_id, source, theme, question, yes_means, no_means, before, words, after, speaker_id, speaker, role, voice,
    chain. The order is fixed and neutral: by a hash of the claim's id, so that neither source nor position leads.
    """
    rows = claims(coder_set=True, asserted=None)
    questions = table("themes").set_index("theme")
    names, texts = words(), table("sources").set_index("source_id")
    pages = {source_id: _blocks(source_id) for source_id in rows.source_id.unique()}
    items = []
    for claim_id in sorted(rows.claim_id, key=lambda each: hashlib.sha256(each.encode()).hexdigest()):
        row = rows[rows.claim_id == claim_id].iloc[0]
        before, after = _context(pages[row.source_id], claim_id)
        text = texts.loc[row.source_id]
        chain = row.voice_chain.split(" > ")
        items.append({
            "claim_id": claim_id,
            "source_id": row.source_id,
            "source": f"{text.outlet}, {days(text.date_earliest, text.date_latest)}",
            "theme": row.theme,
            **questions.loc[row.theme, ["question", "yes_means", "no_means"]].to_dict(),
            "before": before,
            "words": row.exact,
            "after": after,
            "speaker_id": row.speaker,
            "speaker": names.name(row.speaker),
            "role": names.role(row.speaker),
            "voice": names.code("voice", row.voice),
            "chain": [names.name(actor) for actor in chain] if len(chain) > 1 else [],
        })  # fmt: skip
    return items


def _blocks(source_id: str) -> list[dict[str, Any]]:
    """Return a text's blocks of runs, page furniture and contact details left out."""
    passages, rows, text = table("passages"), table("claims"), source(source_id)
    sections = page_sections(
        text.text, passages[passages.source_id == source_id], rows[rows.source_id == source_id], text.title
    )
    return [
        block for section in sections if not section["folded"]
        for block in section["blocks"] if block["kind"] != "left-out"
    ]  # fmt: skip


def _context(blocks: list[dict[str, Any]], claim_id: str) -> tuple[str, str]:
    """Return what stands before and after a claim: the rest of its paragraph and, if that is little, the one before."""
    place = next(n for n, block in enumerate(blocks) if any(run["claim"] == claim_id for run in block["runs"]))
    runs = blocks[place]["runs"]
    at = next(n for n, run in enumerate(runs) if run["claim"] == claim_id)
    before = "".join(run["text"] for run in runs[:at])
    if len(before) < _ENOUGH_CONTEXT and place:
        before = "".join(run["text"] for run in blocks[place - 1]["runs"]) + "\n" + before
    return before, "".join(run["text"] for run in runs[at + 1 :])


def rules() -> list[tuple[str, str]]:
    """Return every rule of the codebook that can decide a code here, as (label, rule), without an example.

    They are those for position and strength, and the hard rules, by which single words are told.
    """
    codebook = table("codebook")
    chosen = codebook[codebook.field.isin(["position", "strength", "rule"]) & (codebook.code != "0")]
    return list(zip(chosen.label, chosen.rule, strict=True))


# --- a saved coding ----------------------------------------------------------------------------------


@dataclass
class Saved:
    """A coding as it is kept.

    `codes` has a code or None, and a reason, for each claim; `locked` is the day it was locked; `seen` says that our
    codes had been seen before it was made.
    """

    codes: Coding
    locked: str | None = None
    seen: bool = False

    def kept(self) -> dict[str, Any]:
        """Return the coding as the JSON that is kept."""
        return {"version": VERSION, "codes": self.codes, "locked": self.locked, "seen": self.seen}

    def coded(self) -> list[str]:
        """Return the ids of the claims that have a code."""
        return [claim_id for claim_id, entry in self.codes.items() if entry["code"]]


def read_coding(stored: Any, ids: list[str]) -> tuple[Saved, str]:
    """Return a coding as it was kept, and a sentence about what of it could not be read.

    Whatever fits is used, from any version and after any change by hand; a lock counts only with a day
    and with FEWEST codes behind it.
    """
    if stored is None:
        return Saved({}), ""
    if not isinstance(stored, dict) or not isinstance(stored.get("codes"), dict):
        return Saved({}), "The coding kept under this name cannot be read, so you start with an empty one."
    codes: Coding = {}
    lost = 0
    for claim_id, entry in stored["codes"].items():
        code = entry.get("code") if isinstance(entry, dict) else None
        reason = entry.get("reason", "") if isinstance(entry, dict) else None
        if claim_id not in ids or not isinstance(reason, str) or code not in (None, *CHOICES):
            lost += 1
            continue
        if code or reason:
            codes[claim_id] = {"code": code, "reason": for_file(reason)}
    saved = Saved(codes, seen=bool(stored.get("seen")))
    messages = []
    if stored.get("version") != VERSION:
        messages.append("This coding was kept by another version of the pack; what fits is used.")
    if lost:
        messages.append(f"{lost} of its {len(stored['codes'])} entries cannot be read and are left out.")
    if stored.get("locked"):
        if _is_day(stored["locked"]) and len(saved.coded()) >= FEWEST:
            saved.locked = stored["locked"]
        else:
            saved.seen = True
            messages.append("Its lock cannot be read, so it is open again.")
    return saved, " ".join(messages)


def coding_table(items: list[dict[str, Any]], codes: Coding) -> Table:
    """Return a learner's codes in the shape of the table codings, one row for each claim that has a code.

    Columns: claim_id, source_id, speaker, theme (the question that was asked), position, strength, stance, reason.
    """
    rows = []
    for item in items:
        entry = codes.get(item["claim_id"])
        if entry and entry["code"]:
            choice = CHOICES[entry["code"]]
            rows.append((item["claim_id"], item["source_id"], item["speaker_id"], item["theme"], choice.position,
                         choice.strength, choice.stance, entry["reason"]))  # fmt: skip
    columns = ["claim_id", "source_id", "speaker", "theme", "position", "strength", "stance", "reason"]
    coded = Table(rows, columns=columns)
    coded["stance"] = coded.stance.astype("Int64")
    return coded


def locked_codings() -> dict[str, Table]:
    """Return the learner's locked codings as tables of codes, each under the name it is kept by."""
    items = coder_items()
    ids = [item["claim_id"] for item in items]
    saved = {name: read_coding(entry, ids)[0] for name, entry in store.sections().get(SECTION, {}).items()}
    return {name: coding_table(items, each.codes) for name, each in saved.items() if each.locked}


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def codes_seen() -> bool:
    """Return whether the learner has locked a coding, so that our codes of these claims are no longer kept back."""
    ids = table("claims").query("coder_set").claim_id.tolist()
    saved = (read_coding(entry, ids)[0] for entry in store.sections().get(SECTION, {}).values())
    return any(each.locked or each.seen for each in saved)


# --- the comparison ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Comparison:
    """Your coding beside ours.

    `table` has one row for each claim you coded, in the order of the coder. Columns: claim_id, words, speaker, question, yours,
    your_stance (-2 to 2, or missing), your_reason, ours, our_stance, our_rule, rule_in_full, other_readings, same, also_named. `readings` has, for each of these claims,
    the other readings that we name: each in words, and whether it is yours.
    """

    table: Table
    readings: dict[str, list[tuple[str, bool]]]
    claims: int
    exact: int
    on_scale: int
    within_one: int
    side_against_none: int
    also_named: int
    kappa: Interval
    alpha: Interval | None
    seen_before: bool

    def sentences(self) -> list[str]:
        """Return the result in words, without a coefficient."""
        other = self.claims - self.exact
        sentences = [f"You and we chose the same code for {self.exact} of {self.claims} claims."]
        if self.on_scale:
            sentences.append(f"On the {plural(self.on_scale, 'claim')} where you and we both put the words on the scale from "
                         f"\u2212\u2212 to ++, {self.within_one} {_are(self.within_one)} the same or one step apart.")  # fmt: skip
        if self.side_against_none:
            sentences.append(f"On {plural(self.side_against_none, 'claim')} one of us says \u201ctakes no side\u201d and the other does not: "
                         "taking no side is not the middle, so no number of steps measures that.")  # fmt: skip
        if other:
            sentences.append(
                f"On {self.also_named} of the {plural(other, 'claim')} that we code differently, your code is a reading we also name."
            )
        if self.seen_before:
            sentences.append("You had seen our codes before this coding, so it is not a blind one.")
        sentences.append(CHALLENGE)
        return sentences

    def __repr__(self) -> str:
        return " ".join(self.sentences())


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def alternatives(text: str) -> list[tuple[str, str, str]]:
    """Return the other readings of a claim's place on the scale: (field, code, reason) for position and strength."""
    return [each for each in card.alternatives(text) if each[0] in ("position", "strength")]


def named(yours: Choice, ours: Choice, field: str, code: str) -> bool:
    """Return whether your code is this other reading of a claim that we code as `ours`."""
    if field == "position":
        return yours.position == code != ours.position
    return yours.position == ours.position and str(yours.strength) == code != str(ours.strength)


def compare(codes: Mapping[str, Mapping[str, Any]], seen_before: bool = False) -> Comparison:
    """Return how a coding compares with ours; `codes` is {claim id: {"code": key of CHOICES, "reason": text}}.

    Claims without a code are left out. Raises PackError when no claim has one.
    """
    if not any(entry["code"] for entry in codes.values()):
        raise PackError("There is nothing to compare yet: code a claim first.")
    coded = codings()
    coded = coded[coded.main].set_index("claim_id")
    codebook = table("codebook").set_index(["field", "code"])
    rows, readings = [], {}
    for item in coder_items():
        entry = codes.get(item["claim_id"])
        if not entry or not entry["code"]:
            continue
        claim = coded.loc[item["claim_id"]]
        yours, ours = CHOICES[entry["code"]], CHOICES[stance_of(claim.position, int(claim.strength)).key]
        others = readings[item["claim_id"]] = [
            (f"{_coded(field, code)}: {reason}", named(yours, ours, field, code))
            for field, code, reason in alternatives(claim.alternative_reading)
        ]
        only_strength = yours.position == ours.position and yours != ours
        field = ("strength", str(ours.strength)) if only_strength else ("position", ours.position)
        full = DECIDED_BY.get(item["claim_id"], field)
        rows.append({
            "claim_id": item["claim_id"],
            "words": item["words"],
            "speaker": item["speaker"],
            "question": item["question"],
            "yours": yours.label,
            "your_stance": yours.stance,
            "your_reason": entry["reason"],
            "ours": ours.label,
            "our_stance": ours.stance,
            # The rule that decided this claim; where no one rule did, the rule of its code.
            "our_rule": claim.note or codebook.rule[field],
            "rule_in_full": f"{codebook.label[full]}: {codebook.rule[full]}",
            "other_readings": "; ".join(reading for reading, _ in others),
            "same": yours == ours,
            "also_named": any(same for _, same in others),
        })  # fmt: skip
    rows = Table(rows)
    rows[["your_stance", "our_stance"]] = rows[["your_stance", "our_stance"]].astype("Int64")
    apart = (rows.your_stance - rows.our_stance).abs()
    none = rows.your_stance.isna().astype(int) + rows.our_stance.isna().astype(int)
    return Comparison(
        table=rows,
        readings=readings,
        claims=len(rows),
        exact=int(rows.same.sum()),
        on_scale=int((none == 0).sum()),
        within_one=int((apart <= 1).sum()),
        side_against_none=int((none == 1).sum()),
        also_named=int(rows.also_named.sum()),
        kappa=bootstrap_interval(cohen_kappa, rows.yours, rows.ours),
        alpha=bootstrap_interval(krippendorff_alpha, rows.your_stance, rows.our_stance, ordered=True)
        if (none == 0).any() else None,
        seen_before=seen_before,
    )  # fmt: skip


def _coded(field: str, code: str) -> str:
    """Return a code of another reading in words."""
    if field == "strength":
        return {"1": "moderate", "2": "strong"}.get(code, f"strength {code}")
    return {"none": "takes no side"}.get(code, code)


def _number(value: float) -> str:
    # Adding nothing turns a negative zero into a plain one.
    return f"{round(value, 2) + 0:.2f}".replace("-", "\u2212")


def _interval(interval: Interval | None) -> str:
    """Return a coefficient with its interval in words."""
    if interval is None or math.isnan(interval.estimate):
        return "cannot be computed: there is too little on the scale, or only one code"
    if math.isnan(interval.low):
        return f"{_number(interval.estimate)}, from too few claims for an interval"
    words = f"{_number(interval.estimate)}, 95% interval {_number(interval.low)} to {_number(interval.high)}"
    if interval.undefined:
        words += f" (from {interval.resamples - interval.undefined} of {interval.resamples:,} draws; the rest held one code only)"
    return words


def coefficients(result: Comparison) -> list[str]:
    """Return the coefficients in words, how claims that take no side are treated, and why all this is rough."""
    share = round(100 / result.claims, 1)
    return [
        f"Cohen\u2019s kappa over all six codes and {plural(result.claims, 'claim')}: {_interval(result.kappa)}. "
        "Here \u201ctakes no side\u201d is one code among six, each as far from every other.",
        f"Krippendorff\u2019s alpha, ordinal, over {plural(result.on_scale, 'claim')}: {_interval(result.alpha)}. "
        "Here the order of the five steps counts. Taking no side is no step, so only claims that both of us put on "
        "the scale are in it.",
        "1 is full agreement, 0 what chance would give, below 0 less than that.",
        f"Why they are rough: with {plural(result.claims, 'claim')}, one code changed moves the share of exact matches by "
        f"{share:g} points. The interval shows how far the number swings when the same claims are drawn 1,000 times, "
        "with replacement (a bootstrap). And the claims are no random sample: we chose them to spread over texts and "
        "positions. Nobody should be called reliable or unreliable on so few.",
    ]
