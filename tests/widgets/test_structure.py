"""Who commissions, without a browser: what changes from one date to the next is worked out here."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.widgets.structure.structure import STAGES, structure_model
from tests.widgets import html_said


def made_up(*parts):
    """A table of parts; each is a stage, what it shows, a place, another or nothing, and a name."""
    plain = table("structure").iloc[0].to_dict()
    return pd.DataFrame(
        [
            plain | {"part_id": f"p{n}", "stage": stage, "shows": shows, "place": place, "to_place": to, "name": name}
            for n, (stage, shows, place, to, name) in enumerate(parts)
        ]
    )


def changes(stage):
    return {part["key"]: part["change"] for part in [*stage["parts"], *stage["gone"]]}


def test_what_is_new_changed_the_same_and_gone():
    first, second = structure_model(
        made_up(
            ("2010", "box", "buyer", "", "PCTs"),
            ("2010", "box", "minister", "", "Department"),
            ("2010", "money", "minister", "buyer", ""),
            ("plan", "box", "buyer", "", "Consortia"),
            ("plan", "box", "minister", "", "Department"),
            ("plan", "answers", "buyer", "minister", ""),
        ),
        until="plan",
    )
    assert set(changes(first).values()) == {""}
    assert changes(second) == {
        "buyer": "changed", "minister": "", "answers-buyer-minister": "new", "money-minister-buyer": "gone",
    }  # fmt: skip
    assert [part["before"] for part in second["parts"]] == ["PCTs", "", ""]
    assert second["gone"][0]["title"] == "Money: Department → PCTs"


def test_what_returns_after_a_stage_is_new_again():
    rows = made_up(("2010", "box", "national", "", "Board"), ("2013", "box", "national", "", "Board"))
    assert [changes(stage) for stage in structure_model(rows)] == [
        {"national": ""}, {"national": "gone"}, {"national": "new"}, {"national": "gone"},
    ]  # fmt: skip


def test_every_row_of_the_table_is_drawn_and_cited():
    stages = nr.structure().stages
    assert [stage["id"] for stage in stages] == list(STAGES) == list(table("structure").stage.unique())
    rows = table("structure").set_index("part_id")
    drawn = [part for stage in stages for part in stage["parts"]]
    assert [part["id"] for part in drawn] == rows.index.tolist()
    for part in drawn:
        assert (part["words"], part["citation"], part["url"]) == tuple(
            rows.loc[part["id"], ["words", "citation", "url"]]
        )
    json.dumps(stages)


def test_the_numbers_are_those_of_the_other_tables():
    names = table("structure").set_index("part_id").name
    facts = table("facts").set_index("fact_id").low
    for part, fact in (("2010-buyer", "pcts-2006"), ("2010-region", "shas"), ("2013-buyer", "ccgs-authorised-number"),
                       ("2022-buyer", "icbs-2022")):  # fmt: skip
        assert names[part].split()[0] == f"{facts[fact]:.0f}"


def test_hindsight_is_kept_back():
    early = nr.structure(until="plan")
    assert "2013" not in early.fallback() + repr(early)
    assert "clinical commissioning" not in json.dumps(early.stages)


def test_the_open_part_is_of_the_stage_in_view():
    drawing = nr.structure()
    drawing.selected = "2010-buyer"
    assert drawing.part.words in drawing.fallback()
    drawing.stage = "2022"
    assert drawing.part is None
    assert set(drawing.parts.stage) == {"2022"}
    with pytest.raises(PackError, match="2022-buyer"):
        drawing.selected = "2010-buyer"


def test_says_its_content():
    said = html_said(nr.structure())
    assert said.count("<tr") == len(table("structure")) + len(STAGES)
    assert all(citation in said.replace("&#x27;", "'") for citation in table("structure").citation)
