"""Tables load typed, and say what is wrong with a file that does not fit."""

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.data import tables
from nhsreform.data.table_view import Table


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


def test_an_unknown_table_lists_the_nearest():
    with pytest.raises(tables.TableError, match="Did you mean claims"):
        nr.table("clams")


def test_a_missing_column_is_named(copy_of_data):
    file = copy_of_data / "data" / "themes.csv"
    file.write_text("theme,label\nx,y\n")
    with pytest.raises(tables.TableError, match="expected theme, label, question"):
        nr.table("themes")


def test_a_wrong_type_is_named(copy_of_data):
    file = copy_of_data / "data" / "segments.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",10\n", ",ten\n"), encoding="utf-8")
    with pytest.raises(tables.TableError, match="segments.csv: column share"):
        nr.table("segments")


def test_a_missing_file_says_how_to_get_it_back(copy_of_data):
    (copy_of_data / "data" / "issues.csv").unlink()
    with pytest.raises(tables.TableError, match="git checkout data"):
        nr.table("issues")


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
