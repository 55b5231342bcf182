"""Tables load typed, and say what is wrong with a file that does not fit."""

import re

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.data import tables
from nhsreform.data.table_view import Table
from nhsreform.data.tables import TableError, table


@pytest.mark.parametrize("name", tables.names())
def test_every_table_loads_with_the_types_it_declares(name):
    frame = nr.table(name)
    assert len(frame) > 0
    kinds = {
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "boolean": pd.api.types.is_bool_dtype,
        "date": pd.api.types.is_datetime64_any_dtype,
        "string": pd.api.types.is_string_dtype,
    }
    for field in tables.fields(name):
        assert kinds[field["type"]](frame[field["name"]]), field["name"]


def test_changing_a_table_changes_nothing_for_the_next_reader():
    frame = nr.table("sources")
    frame.loc[0, "title"] = "changed"
    assert nr.table("sources").title[0] != "changed"


@pytest.mark.parametrize(
    "name, change, told",
    [
        ("themes", lambda text: "theme,label\nx,y\n", "expected theme, label, question"),
        ("segments", lambda text: text.replace(",10\n", ",ten\n"), "segments.csv: column share"),
        ("issues", None, "git checkout data"),
    ],
)
def test_a_file_that_does_not_fit_is_named(copy_of_data, name, change, told):
    file = copy_of_data / "data" / f"{name}.csv"
    if change:
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        file.unlink()
    with pytest.raises(TableError, match=told):
        table(name)


def test_a_table_shows_its_text_whole_and_escaped():
    frame = Table(
        {"words": ["<b>" + "x" * 200], "day": [pd.Timestamp("2010-11-04")], "number": [1234567.5], "gone": [None]}
    )
    shown = frame._repr_html_()
    assert "&lt;b&gt;" + "x" * 200 in shown and "<b>" not in shown
    assert "2010-11-04<" in shown and "1,234,567.5" in shown and "None" not in shown


def test_pandas_methods_keep_the_look():
    claims = nr.claims()
    assert type(claims[claims.position == "mixed"][["speaker"]].head(2)) is Table
    assert type(claims.groupby("position").size().reset_index(name="claims")) is Table
    assert type(claims.merge(nr.table("actors"), left_on="speaker", right_on="actor_id")) is Table


def test_long_tables_say_how_many_rows_there_are():
    assert "The first 60 of 100 rows." in Table({"a": range(100)})._repr_html_()


def test_rows_are_chosen_by_the_name_of_a_column():
    rows = table("figures")
    chosen = table("figures", source_id="mps-inquiry", type=["money", "count"])
    wanted = rows[(rows.source_id == "mps-inquiry") & rows.type.isin(["money", "count"])]
    assert chosen.figure_id.tolist() == wanted.figure_id.tolist() and list(chosen.index) == list(range(len(chosen)))
    # A column of another table is a list too, and so is what a numpy function returns.
    speakers = table("claims", source_id="pct-managers").speaker
    assert set(table("actors", actor_id=speakers.unique()).actor_id) == set(speakers)
    assert table("claims", coder_set=True).coder_set.all()
    assert table("events", date_earliest="2010-07-12").event_id.tolist() == ["white-paper"]
    # Money is a type of figure, and the blog has none: that is an answer.
    assert table("figures", source_id="walk-away", type="money").empty


@pytest.mark.parametrize(
    "where, told",
    [
        ({"name": "clams"}, "Did you mean claims"),
        ({"sorce_id": "mps-inquiry"}, "figures has no column 'sorce_id'. Did you mean source_id"),
        ({"source_id": "mps-enquiry"}, "no source_id 'mps-enquiry'. Did you mean mps-inquiry"),
        ({"source_id": "mps-inquiry", "type": ["money", "mony"]}, "no type 'mony'. Did you mean money"),
    ],
)
def test_an_unknown_table_column_or_value_lists_the_nearest(where, told):
    with pytest.raises(TableError, match=re.escape(told)):
        table(where.pop("name", "figures"), **where)


def test_every_date_of_a_text_has_its_days_and_nothing_else_has():
    rows = table("figures")
    assert ((rows.type == "date") == rows.date_earliest.notna()).all()
    days = rows[rows.date_earliest == rows.date_latest].set_index("figure_id").exact
    assert {"04 November 2010", "2 November", "29-11-2011"} <= set(days) and "2011/12" not in set(days)
