"""The timeline: dated events and the five texts on one line, as a list and as dots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import traitlets

from nhsreform.data.tables import table
from nhsreform.errors import PackError, one_of
from nhsreform.text.numbers_in_words import day, days
from nhsreform.text.untrusted import web_address
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, filled

KINDS = {
    "source": "The five texts", "government": "Government", "parliament": "Parliament", "nhs-bodies": "NHS bodies",
    "professions": "Professions", "research": "Research",
}  # fmt: skip
MARKS = {
    "V": "V: seen at the address given",
    "P": "P: the main point was seen, a detail was not",
    "D": "D: derived by arithmetic from seen numbers",
}
SEEN_IS_NOT_TRUE = "That a page was seen does not make it true: its kind helps you judge."
EVERY_YEAR = "all"
# A year with so many events is worth a line of its own, and the line opens on the stretch of such years.
CROWDED = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def timeline_model(events: pd.DataFrame, until: date | None = None) -> dict[str, Any]:
    """Return everything the timeline shows, oldest event first. Days are counted from the first of January of year 1.

    Events that cannot have begun by `until` are left out. Keys: events, kinds (those that occur), periods (stretches
    of years with their ticks; the first is the one to open on) and left_out (a sentence, or nothing). An event has id, said, between,
    start, end, year, kind, source, text, turning, event, note, citation, url, mark and source_kind.
    """
    names = dict(zip(table("sources").source_id, table("sources").short_title, strict=True))
    shown = [
        _event(row, names) for row in events.to_dict("records") if until is None or row["date_earliest"].date() <= until
    ]
    shown.sort(key=lambda event: (event["start"], event["end"]))
    used = {event["kind"] for event in shown}
    later = len(events) - len(shown)
    return {
        "events": shown,
        "kinds": [{"id": kind, "label": label} for kind, label in KINDS.items() if kind in used],
        "periods": _periods([event["year"] for event in shown]),
        "left_out": (
            f"{later} later event{'s are' if later > 1 else ' is'} left out: this line ends on {day(until)}."
            if until and later
            else ""
        ),
    }


def seen_in(row: Mapping[str, Any]) -> dict[str, str]:
    """Return where a row of a table was seen: citation, url, mark (in words) and source_kind."""
    # The table's schema asks for an address too; a link in the page is worth asking twice.
    return {
        "citation": row["citation"], "url": web_address(row["url"]), "mark": MARKS[row["mark"]],
        "source_kind": row["source_kind"],
    }  # fmt: skip


def _event(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    early, late = row["date_earliest"].date(), row["date_latest"].date()
    return {
        "id": row["event_id"],
        "said": row["date_as_said"],
        "between": "" if early == late else days(early, late),
        "start": early.toordinal(),
        "end": late.toordinal(),
        "year": early.year,
        "kind": row["kind"],
        "source": row["source_id"],
        "text": names.get(row["source_id"], ""),
        "turning": row["turning_point"],
        "event": row["event"],
        "note": row["note"],
        **seen_in(row),
    }


def _periods(years: list[int]) -> list[dict[str, Any]]:
    """Return the stretches of years to choose from: the crowded years, all years, and each crowded year."""
    if not years:
        return [{"id": EVERY_YEAR, "label": "All years", "start": 0, "end": 1, "ticks": []}]
    crowded = sorted(year for year, number in Counter(years).items() if number >= CROWDED)
    spans = [(EVERY_YEAR, f"All years, {min(years)} to {max(years)}", min(years), max(years))]
    if len(crowded) > 1:
        close = f"{crowded[0]} to {crowded[-1]}"
        spans.insert(0, (close.replace(" to ", "-"), close, crowded[0], crowded[-1]))
    spans += [(str(year), str(year), year, year) for year in crowded]
    return [
        {
            "id": name,
            "label": label,
            "start": date(first, 1, 1).toordinal(),
            "end": date(last, 12, 31).toordinal(),
            "ticks": _ticks(first, last),
        }
        for name, label, first, last in spans
    ]


def _ticks(first: int, last: int) -> list[dict[str, Any]]:
    """Return the days at which the line is marked: each year, and in a short stretch quarters or months."""
    step = 12 if last - first > 4 else 3 if last > first else 1
    return [
        {"day": date(year, month, 1).toordinal(), "label": str(year) if month == 1 else _MONTHS[month - 1]}
        for year in range(first, last + 1)
        for month in range(1, 13, step)
    ]


class Timeline(SelectingWidget):
    """Dated events and the five texts on one line.

    State in: `until` (a date such as "2011-11-30", or "" for no end), `period` (a stretch of years), `kind` (whose
    acts, or "" for all) and `selected` (an event id or None). Results out: `events` and `event`.
    """

    _esm = esm("shared/list.js", "timeline/timeline.js")
    _css = css("timeline/timeline.css")

    until = traitlets.Unicode("")
    period = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode("").tag(sync=True)
    no_such = "No event called {!r} is in view."
    line = traitlets.Dict().tag(sync=True)

    def __init__(self, until: str = "", **state: Any) -> None:
        self._draw_up(_date(until))
        super().__init__(**{"until": until, "period": self.line["periods"][0]["id"], **state})

    def _draw_up(self, until: date | None) -> None:
        self.line = timeline_model(table("events"), until)

    # --- results ---------------------------------------------------------------------------------

    @property
    def events(self) -> pd.DataFrame:
        """The events in view: rows of the table, oldest first."""
        rows = table("events").set_index("event_id", drop=False)
        return rows.loc[self._ids()].reset_index(drop=True)

    @property
    def event(self) -> pd.Series | None:
        """The open event's row of the table, or None."""
        return self._open_row(table("events"), "event_id")

    # --- state -----------------------------------------------------------------------------------

    def _shown(self) -> list[dict[str, Any]]:
        period = next(each for each in self.line["periods"] if each["id"] == self.period)
        return [
            event
            for event in self.line["events"]
            if self.kind in ("", event["kind"]) and event["end"] >= period["start"] and event["start"] <= period["end"]
        ]

    @traitlets.validate("until")
    def _a_date(self, proposal: dict[str, Any]) -> str:
        _date(proposal["value"])
        return proposal["value"]

    @traitlets.observe("until")
    def _end_there(self, change: dict[str, Any]) -> None:
        self._draw_up(_date(change["new"]))
        periods = [period["id"] for period in self.line["periods"]]
        if self.period not in periods:
            self.period = periods[0]
        if self.kind not in [kind["id"] for kind in self.line["kinds"]]:
            self.kind = ""
        self._close_what_left()

    @traitlets.validate("period", "kind")
    def _known_choice(self, proposal: dict[str, Any]) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        known = [choice["id"] for choice in self.line[f"{name}s"]]
        if (name, value) == ("kind", ""):
            return ""
        return one_of(value, known, f"The timeline has no {name} called {value!r}.")

    _turn = traitlets.observe("period", "kind")(SelectingWidget._close_what_left)

    def _ids(self) -> list[str]:
        return [event["id"] for event in self._shown()]

    # --- where nothing runs ------------------------------------------------------------------------

    def summary(self) -> str:
        """Return one sentence: how many events, of which years, and what is left out."""
        shown = self._shown()
        period = next(each["label"] for each in self.line["periods"] if each["id"] == self.period)
        kind = f", {KINDS[self.kind].lower()} only" if self.kind else ""
        sentence = (
            f"Timeline, {period[0].lower()}{period[1:]}{kind}: {len(shown)} of {len(self.line['events'])} events."
        )
        return " ".join(filter(None, (sentence, self.line["left_out"])))

    def fallback(self) -> str:
        """Return the events in view as a plain list."""
        marks = ". ".join(MARKS.values()) + f". {SEEN_IS_NOT_TRUE}"
        return filled("timeline/timeline", summary=self.summary(), events=self._shown(), kinds=KINDS, marks=marks)


def _date(text: str) -> date | None:
    """Return a date, or None for "". Raises PackError for anything else."""
    if text == "":
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise PackError(
            f"{text!r} is not a date of the calendar. Write year, month and day, as in until='2011-11-30'."
        ) from None


def timeline(until: str = "") -> Timeline:
    """Show the events around the reform and the five texts on one line, as a list and as dots.

    `until` ends the line on that day, as in `until="2011-11-30"`. Returns the timeline; `.events` are the rows in
    view, `.event` is the row of the event you have opened.

    Raises PackError when `until` is not a date.
    """
    return Timeline(until)
