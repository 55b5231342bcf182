"""plain() turns anything into small JSON; verdict() is right for right answers and names what is wrong with others."""

import collections
import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform.questions import judge
from nhsreform.questions import key as keys
from nhsreform.questions.judge import PARTLY, RIGHT, UNTRIED, WRONG
from nhsreform.questions.kinds import read_question
from nhsreform.questions.value import fold, plain

QUESTIONS = {name: keys.question(name) for name in keys.questions()}


def verdict(value, entry):
    return judge.verdict(value, read_question(entry))


def say(value, **entry):
    return verdict(plain(value), entry)


CHOICE = {
    "kind": "choice",
    "answer": "b",
    "options": {"a": "All of them", "b": "Some of them", "c": "None"},
    "wrong": {"a": "Not all.", "c": "More than none."},
    "right": "Some.",
}
TEXT = {"kind": "text", "answer": "include", "wrong": {"key point": "Not that."}, "right": "So."}
NUMBER = {
    "kind": "number",
    "answer": 23,
    "unit": "percent",
    "percent": True,
    "right": "Of GPs.",
    "wrong_values": [{"value": 56, "message": "56% is the public."}],
}
RANGE = {"kind": "range", "answer": [15, 20], "unit": "GBP billion", "right": "Over four years."}
SET = {"kind": "set", "answer": ["Kingsland", "Sobanja"], "wrong": {"Field": "Field is quoted."}, "right": "Two."}
LETTERS = {
    "kind": "set",
    "answer": ["b", "d"],
    "options": {"a": "size", "b": "conflicts and interests", "c": "overspending", "d": "taking part"},
    "right": "Both.",
    "wrong": {"a": "It is there.", "c": "It is there."},
}
HOPES = {"kind": "set", "answer": ["hopefully", "some"], "wrong": {"will": "Firm."}, "right": "Both."}
ORDER = {"kind": "order", "answer": ["a", "b", "c"], "right": "By date."}
MATCH = {
    "kind": "match",
    "answer": {"one": "happened", "two": "feared"},
    "also": {"two": {"expected": "Some would say feared."}},
    "accepts": {"happened": ["it did happen"]},
    "options": {
        "happened": "it happened",
        "feared": "it is feared",
        "hoped": "it is hoped",
        "expected": "it is expected",
    },
    "wrong": {"one": {"feared": "It is told as done."}},
    "right": "Yes.",
}
THREE = MATCH | {"answer": {"one": "happened", "two": "feared", "three": "hoped"}}
QUOTE = {
    "kind": "quotation",
    "answer": "will need time and careful design",
    "core_words": "will need time and careful design",
    "within": "Plans have the potential to help improve care, but will need time and careful design if they are to be "
    "successful. That is the verdict.",
    "max_words": 12,
    "right": "A requirement.",
    "wrong": {"have the potential to help improve care": "That is the promise."},
}
WHO = {
    "kind": "attribution",
    "answer": "vautrey",
    "accepts": ["Richard Vautrey", "Vautrey"],
    "right": "His.",
    "wrong": {"O'Dowd": "He reports it."},
}


class Liar:
    """An object that claims to equal everything and to be text."""

    __class__ = str

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __str__(self):
        return "b"

    __repr__ = __str__


class LyingText(str):
    def __str__(self):
        return "b"

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class LyingList(list):
    def __iter__(self):
        return iter(["Kingsland", "Sobanja"])


def self_containing():
    loop = []
    loop.append(loop)
    return loop


def forever():
    while True:
        yield 1


ODD = [
    math.nan, math.inf, -math.inf, None, ..., object(), Liar(), LyingText("z"), self_containing(),
    print, lambda: 1, judge, pd.DataFrame({"x": [1, 2]}), pd.Series([1, None]),
    np.array([[1, 2], [3, 4]]), np.array([]), {1: {2: {3: {4: {5: {6: 7}}}}}},
    list(range(1_000_000)), "x" * 1_000_000, 10**10_000, forever(), b"bytes", 1 + 2j, True, "", [],
    {}, set(), "\ud800", type, float("1e308"), -0.0, pd.NA, pd.NaT, np.float64("nan"),
    pd.Timestamp("2010-11-04"), {"a": ...}, [...], " \n ", LyingList(["x"]),
]  # fmt: skip


@pytest.mark.parametrize(
    "entry, values",
    [
        (CHOICE, ["b", "B", " b ", "b)", "(b)", "Some of them", "‘some of them’", ["b"], np.str_("b")]),
        (NUMBER, [23, 23.0, "23", "23%", " 23 % ", "23 per cent", "about 23 percent", np.int64(23), np.float32(23), [23], pd.Series([23]),
            pd.DataFrame({"x": [23]}), np.array(23)]),
        (RANGE, [[15, 20], (15, 20), np.array([15, 20]), pd.Series([15, 20]), "15-20", "£15bn to £20bn", "£15bn-£20bn",
            "between 15 and 20", "[15, 20]", "15,000m to 20,000 million", [[15, 20]], ["15-20"], "GBP 15 billion to GBP 20 billion", [20, 15], ["15", "20"]]),
        (SET, [["Kingsland", "Sobanja"], ("sobanja", "KINGSLAND"), {"Sobanja", "Kingsland"}, pd.Series(["Kingsland", "Sobanja"]),
            "Kingsland, Sobanja", ["Kingsland", "Sobanja", "Sobanja"]]),
        (ORDER, [["a", "b", "c"], ("A", "B", "C"), "a, b, c", pd.Index(["a", "b", "c"])]),
        (MATCH, [{"one": "happened", "two": "feared"}, {"two": " Expected", "one": "HAPPENED"}, {"One": "it happened",
            "two": "it is feared"}, {"one": "it did happen", "two": ["feared"]}]),
        (QUOTE, ["will need time and careful design", "“will need time and careful design if they are to be successful”",
            "will need  time and\ncareful design", ["will need time and careful design"]]),
        (WHO, ["Vautrey", "Dr Vautrey", "Richard Vautrey", "dr richard vautrey", "vautrey"]),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_right_variants_are_right(entry, values):
    for value in values:
        assert verdict(plain(value), entry).state == RIGHT, value
        assert verdict(plain(value), entry).share == 1


@pytest.mark.parametrize(
    "entry, value, state, words",
    [
        (CHOICE, "a", WRONG, "Not all."),
        (CHOICE, "d", WRONG, "is not one of the options"),
        (CHOICE, 3.5, WRONG, "Your answer is a number"),
        (NUMBER, 56, WRONG, "56% is the public."),
        (NUMBER, -23, WRONG, "the sign is not"),
        (NUMBER, 0.23, WRONG, "You gave a proportion"),
        (NUMBER, 2300, WRONG, "once too often"),
        (NUMBER, 77, WRONG, "the other part of the whole"),
        (NUMBER, 23000, WRONG, "factor of 1,000"),
        (NUMBER, 22, WRONG, "too low"),
        (NUMBER, "twenty-three", WRONG, "is not one number"),
        (NUMBER, "more than 23", WRONG, "is not one number"),
        (NUMBER, "2,3", WRONG, "is not one number"),
        (NUMBER, True, WRONG, "True or False"),
        (NUMBER, math.nan, WRONG, "nan"),
        (NUMBER | {"percent": False, "unit": "people"}, "23%", WRONG, "You gave a percentage"),
        (NUMBER, [1, 2], WRONG, "a list of 2"),
        (RANGE, 15, PARTLY, "one end of a range"),
        (RANGE, [15, 30], PARTLY, "low end is right"),
        (RANGE, [15_000, 20_000], WRONG, "factor of 1,000"),
        (RANGE, [1, 2, 3], WRONG, "Give two numbers"),
        (RANGE, "15m to 20m", WRONG, "factor of 1,000"),
        (RANGE, "$15bn to $20bn", WRONG, "You gave USD"),
        (RANGE, ["15", "twenty"], WRONG, "is not one number"),
        (RANGE, [[15], [20]], WRONG, "Give two numbers"),
        (SET, ["Kingsland"], PARTLY, "1 of 2 found"),
        (SET, ["Kingsland", "Sobanja", "Field"], PARTLY, "Field is quoted."),
        (SET, ["Field"], WRONG, "Field is quoted."),
        (SET, 5.5, WRONG, "Your answer is a number"),
        (NUMBER, (70, 0), WRONG, "Write 70 or 70.0, with a point"),
        (NUMBER, (0, 87), WRONG, "Write 0.87, with a point"),
        (NUMBER, "70,0", WRONG, "write 70.0, with a point"),
        (NUMBER, "23/100", WRONG, "without quotation marks"),
        (LETTERS, "bd", WRONG, "Give letters from a to d"),
        (LETTERS, ["bd"], WRONG, "2 letters in one piece"),
        (LETTERS, ["conflicts"], WRONG, "Give letters from a to d"),
        (LETTERS, [1, 2], WRONG, "Give letters from a to d"),
        (LETTERS, ["b", "d", "x"], PARTLY, "Give letters from a to d"),
        (CHOICE, 2, WRONG, "Give one of: a, b, c"),
        (CHOICE, pd.DataFrame({"x": [3.5], "y": [1]}), WRONG, "a table"),
        (SET, ["\u041aingsland", "Sobanja"], WRONG, "CYRILLIC CAPITAL LETTER KA"),
        (ORDER, ["c", "b", "a"], WRONG, "wrong way round"),
        (ORDER, ["a", "c", "b"], WRONG, "1 of 3 in place; the first that is not is number 2. Chance alone"),
        (ORDER, {"a", "b", "c"}, WRONG, "a set keeps no order"),
        (ORDER, ["a", "a", "b"], WRONG, "twice"),
        (ORDER, ["a", "b"], WRONG, "3 are to be put in order"),
        (MATCH, {"one": "feared", "two": "feared"}, WRONG, "It is told as done."),
        (MATCH, {"one": "feared", "two": "feared"}, WRONG, "label on every line can get as many"),
        (MATCH, {"one": "hoped", "two": "feared"}, WRONG, "read what stands round it"),
        (MATCH | {"else": "Who knows?"}, {"one": "hoped", "two": "feared"}, WRONG, "one: Who knows?"),
        (TEXT, "the key issues include", WRONG, "You give 4 words. Give the one word that answers"),
        (TEXT, "key issues", WRONG, "You give 2 words."),
        (TEXT | {"accepts": ["will include"]}, "key issues", WRONG, "is not it"),
        (TEXT, "key point", WRONG, "Not that."),
        (SET | {"else": "Is he quoted?"}, ["Blair"], WRONG, "does not belong. Is he quoted?"),
        (THREE, {"one": "happened", "two": "feared", "three": ...}, PARTLY, "three: not tried yet"),
        (THREE, {"one": "maybe", "two": "feared", "three": "hoped"}, PARTLY, "is not one of"),
        (THREE, {"one": "happened", "three": "hoped"}, PARTLY, "two: this line is gone"),
        (THREE, {"one": 3.5, "two": "feared", "three": "hoped"}, PARTLY, "is not one of"),
        (MATCH, ["happened"], WRONG, "Keep the dictionary"),
        (QUOTE, "have the potential to help improve care", WRONG, "That is the promise."),
        (QUOTE, "will need time and proper design", WRONG, "you wrote “proper”, the source has “careful”"),
        (QUOTE, "need time and careful", PARTLY, "Quote a little more"),
        (QUOTE, "That is the verdict", WRONG, "do not show what is asked"),
        (QUOTE, "care, but will need time and careful design if they are to be successful", PARTLY, "Keep to at most 12"),
        (QUOTE | {"max_words": 8}, QUOTE["within"], WRONG, "Keep to at most 8"),
        (QUOTE, "will need time and careful desi", PARTLY, "cut a word in two"),
        (QUOTE, "eed time and careful design", PARTLY, "cut a word in two"),
        (QUOTE | {"max_words": 8}, QUOTE["within"][1:-2], WRONG, "Keep to at most 8"),
        (QUOTE, "elp improve care, but will ne", WRONG, "cut a word in two"),
        (HOPES, "hopefully some savings", WRONG, "Give each word in quotation marks of its own"),
        (HOPES, ["will", "Tony Blair"], WRONG, "“tony blair” does not belong"),
        (QUOTE, "careful design if they are to be successful. That is", WRONG, "do not show what is asked"),
        (QUOTE | {"max_words": 20}, "will need time and careful design if they are to be successful. That", PARTLY, "run on"),
        (QUOTE, "bananas are yellow", WRONG, "do not stand in the text"),
        (WHO, "O’Dowd", WRONG, "He reports it."),
        (WHO, "Field", WRONG, "Whose words"),
    ],
)  # fmt: skip
def test_wrong_answers_are_told_why(entry, value, state, words):
    result = verdict(plain(value), entry)
    assert result.state == state
    assert words in result.message
    assert (result.share > 0) == (state == PARTLY)


def test_a_choice_that_can_be_defended_is_right_and_says_so():
    result = verdict(plain("c"), CHOICE | {"also": {"c": "One could say so."}, "wrong": {"a": "Not all."}})
    assert (result.state, result.message) == (RIGHT, "One could say so.")


def test_0_23_is_right_where_the_question_allows_it():
    assert verdict(plain(0.23), NUMBER | {"proportion_allowed": True}).state == RIGHT


@pytest.mark.parametrize("value", [..., None, "", "  ", [], {}, [...], {"one": ..., "two": ...}, "..."])
def test_nothing_entered_is_not_tried(value):
    for entry in (CHOICE, NUMBER, MATCH, QUOTE):
        assert verdict(plain(value), entry).state == UNTRIED


UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202e\u2066\u2069\ufe0f\u034f"


@given(
    st.text("bd", min_size=1, max_size=1), st.lists(st.sampled_from(UNSEEN), min_size=1, max_size=4), st.integers(0, 1)
)
def test_signs_that_nobody_sees_change_no_word(letter, signs, place):
    unseen = "".join(signs)
    assert fold(f"{letter}{unseen}" if place else f"{unseen}{letter}") == letter
    assert fold(f"Kings{unseen}land") == "kingsland"


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12))
def test_full_width_letters_are_letters(words):
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign for sign in words)
    assert fold(wide) == fold(words)


WAYS_TO_LIST = {
    "tuple": tuple,
    "column": pd.Series,
    "values": lambda words: pd.Series(words).values,
    "unique": lambda words: pd.Series(words).unique(),
    "category": pd.Categorical,
    "array": np.array,
    "index": pd.Index,
    "keys": lambda words: dict.fromkeys(words).keys(),
    "generator": lambda words: (word for word in words),
    "map": lambda words: map(str.upper, words),
    "one column": lambda words: pd.DataFrame({"x": words}),
    "one row": lambda words: pd.DataFrame([words]),
    "deque": __import__("collections").deque,
}


@pytest.mark.parametrize("way", WAYS_TO_LIST.values(), ids=WAYS_TO_LIST)
def test_whatever_can_be_gone_through_is_a_list(way):
    assert say(way(["b", "d"]), **LETTERS).state == RIGHT
    assert say(way(["b", "a"]), **LETTERS).state != RIGHT


PEOPLE = {
    "kind": "match",
    "answer": {"ready": "Field"},
    "options": {"Field": "Steve Field", "Dixon": "Anna Dixon", "joint": "the six bodies jointly"},
    "right": "Yes.",
}
FIRST, OFFICE = ["", "Steve ", "S. ", "S "], ["", ", RCGP", " (RCGP)", " of the RCGP", ", chair of the Royal College"]
TITLE = ["", "Dr ", "Prof. ", "Professor Dame ", "Rt Hon "]


@given(st.sampled_from(TITLE), st.sampled_from(FIRST), st.sampled_from(OFFICE))
def test_a_person_is_named_as_a_reader_would(title, first, office):
    assert say({"ready": f"{title}{first}Field{office}"}, **PEOPLE).state == RIGHT
    assert (
        say(f"{title}{first}Field{office}", kind="attribution", answer="Field", accepts=["Steve Field"]).state == RIGHT
    )
    assert say([f"{title}{first}Field{office}"], kind="set", options=PEOPLE["options"], answer=["Field"]).state == RIGHT


@pytest.mark.parametrize("name", [
    "not Steve Field", "Steve Field or Anna Dixon", "Steve Field, Anna Dixon", "Frank Field", "a critic of Steve Field",
    "Steve Field, quoting Anna Dixon", "Steve Fielding",
])  # fmt: skip
def test_somebody_else_s_name_is_not_this_one_s(name):
    assert say({"ready": name}, **PEOPLE).state != RIGHT
    assert (
        say(name, kind="attribution", answer="Field", accepts=["Steve Field"], wrong={"Anna Dixon": "No."}).state
        != RIGHT
    )


def test_the_stub_s_own_value_is_not_tried():
    assert verdict(plain("Write here."), {"kind": "prose", "untouched": plain("Write here.")}).state == UNTRIED


def test_a_message_never_holds_the_answer():
    for entry, value in ((NUMBER, 22), (RANGE, [1, 2]), (WHO, "Field"), (CHOICE, "d")):
        message = verdict(plain(value), entry).message
        if entry is not CHOICE:
            assert str(entry["answer"]) not in message


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_plain_value_gets_a_verdict(value):
    told = plain(value)
    assert json.loads(json.dumps(told)) == told
    for entry in (CHOICE, NUMBER, RANGE, SET, ORDER, MATCH, QUOTE, WHO):
        result = verdict(told, entry)
        assert isinstance(result, judge.Verdict)
        assert 0 <= result.share <= 1
        assert (result.state == RIGHT) == (result.share == 1)


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_only_the_number_itself_is_right(number):
    assert (verdict(plain(number), NUMBER).state == RIGHT) == math.isclose(number, 23, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.integers(-10_000, 10_000), st.integers(0, 10_000))
def test_a_number_is_read_from_text_as_it_is_written(number, other):
    entry = {"kind": "number", "answer": number, "unit": "people", "right": "Yes."}
    for text in (f"{number}", f" {number:,} ", f"about {number} people", f"{number}.0"):
        assert say(text, **entry).state == RIGHT, text
    for text in (f"not {number}", f"{number} {other}", f"{number} or {other}", f"{number}x", f"no {number}"):
        assert say(text, **entry).state != RIGHT, text


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 500), st.integers(1, 500))
def test_a_range_is_read_from_text_as_it_is_written(low, width):
    high = low + width
    entry = RANGE | {"answer": [low, high]}
    for text in (f"{low}-{high}", f"{low} to {high}", f"\u00a3{low}bn\u2013\u00a3{high}bn", f"[{low}, {high}]"):
        assert say(text, **entry).state == RIGHT, text
    below = RANGE | {"answer": [-high, -low]}
    assert say(f"-{high} to -{low}", **below).state == RIGHT
    assert say(f"{low} to {high}", **below).state != RIGHT


@pytest.mark.parametrize("question", [name for name, one in QUESTIONS.items() if one.kind == "match"])
def test_every_filling_of_a_match_earns_what_is_right_in_it_and_one_label_nothing(question):
    entry = QUESTIONS[question]
    lines = list(entry.answer)
    # On each line: nothing, every label that is right there, and the one that is right most often.
    common = collections.Counter(entry.answer.values()).most_common(1)[0][0]
    choices = [{entry.answer[line], *entry.also.get(line, {}), common, ...} for line in lines]
    earned = {
        labels: judge.verdict(plain(dict(zip(lines, labels, strict=True))), entry).share
        for labels in itertools.product(*choices)
    }
    for labels, share in earned.items():
        good = tuple(
            label if label in (entry.answer[line], *entry.also.get(line, {})) else ...
            for line, label in zip(lines, labels, strict=True)
        )
        right = [label for label in good if label is not ...]
        expected = len(right) / len(lines) if len(set(right)) > 1 else 0
        assert share == earned[good] == pytest.approx(expected, abs=1e-3)
        for at in range(len(lines)):
            assert earned[(*good[:at], ..., *good[at + 1 :])] <= share
    for label in entry.options:
        everywhere = dict.fromkeys(lines, label)
        assert judge.verdict(plain(everywhere), entry).share == 0


@pytest.mark.parametrize(
    "question", [name for name, one in QUESTIONS.items() if one.kind in ("range", "number", "set")]
)
@pytest.mark.parametrize(
    "value", [0, 100, 50, 1, [0, 0], [0, 100], [100, 100], [0, 1], [0, 50], "0", "0 to 100", "all"]
)
def test_numbers_that_come_to_mind_and_all_that_there_is_earn_nothing(question, value):
    entry = QUESTIONS[question]
    blind = entry.labels() if value == "all" else value
    if entry.kind != "set" or value == "all":
        assert judge.verdict(plain(blind), entry).share in (0, *([1] if blind == entry.answer else []))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["happened", "feared", "hoped", "expected", "it is hoped", "x", ""]), min_size=2, max_size=2
    )
)
def test_a_match_counts_what_is_right_line_by_line(labels):
    told = say({"one": labels[0], "two": labels[1]}, **MATCH)
    hits = (labels[0] == "happened") + (labels[1] in ("feared", "expected"))
    # Of two lines, one that is right is what its label on both would get.
    assert told.share == (hits == 2)
    assert (told.state == RIGHT) == (hits == 2)
    assert ("Some would say feared." in told.message) == (hits == 2 and labels[1] == "expected")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(QUOTE["within"].split()), min_size=1, max_size=14))
def test_words_of_the_source_in_another_order_are_no_quotation(words):
    said = " ".join(words)
    right = say(said, **QUOTE).state == RIGHT
    assert right == (fold(QUOTE["core_words"]) in fold(said) and fold(said) in fold(QUOTE["within"]))


@pytest.mark.parametrize("words, share", [
    ("will", 0), ("time and", 0), ("time and careful", 0.5), ("will need time and careful", 0.5),
])  # fmt: skip
def test_a_word_or_two_of_the_quotation_earn_nothing(words, share):
    told = say(words, **QUOTE)
    assert told.share == share
    assert told.state == ("partly" if share else "wrong")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_folding_is_the_same_twice(text):
    assert fold(fold(text)) == fold(text)


# --- what an outside examiner typed ------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "from -2.5 to -0.3", "between -2.5 and -0.3", "from \u22122.5% to \u22120.3%", "-2.5 - -0.3", "[-2.5, -0.3]",
])  # fmt: skip
def test_a_minus_after_a_word_is_a_minus(text):
    entry = RANGE | {"answer": [-2.5, -0.3], "unit": "percent", "percent": True, "tolerance": 0.01}
    assert say(text, **entry).state == RIGHT
    assert say(text.replace("-", "").replace("\u2212", ""), **entry).state != RIGHT


@pytest.mark.parametrize("text", ["\u00a315bn-\u00a320bn", "15m-20m", "15 million - 20 million", "15%-20%", "15k-20k"])
def test_a_dash_after_a_number_and_its_unit_is_no_minus(text):
    entry = RANGE | {"answer": [15, 20], "percent": "%" in text}
    scale = {"m": 1e-3, "k": 1e-6}.get(text[2], 1e-3 if "million" in text else 1)
    assert read_question(entry).read_numbers(plain(text))[0] == pytest.approx([15 * scale, 20 * scale])


@pytest.mark.parametrize("words, share", [
    ("need time and careful design", 0.5),
    ("need time and careful design if they are to be successful", 0.5),
    ("time and careful design if they are", 0.5),
    ("care, but will need time", 0.5),
    ("help improve care, but will", 0),
    ("time and careful design if they are to be successful. That is the verdict", 0),
    ("will need time and careful design if they are to be successful", 1),
])  # fmt: skip
def test_more_right_words_never_earn_less(words, share):
    told = say(words, **QUOTE | {"max_words": 12})
    assert told.share == share, told
    if share == 0.5:
        assert "art of it" in told.message and "do not show" not in told.message


def test_right_words_beyond_an_accepted_part_are_right_up_to_the_worked_answer():
    entry = QUOTE | {"answer": "have the potential to help improve care", "core_words": "help improve care"}
    entry |= {"accepts": ["have the potential"], "max_words": 0, "wrong": {}}
    for words in ("have the potential", "have the potential to", "have the potential to help improve care"):
        assert say(words, **entry).state == RIGHT, words
    for words in ("Plans have the potential to", "the potential to", "potential to"):
        assert say(words, **entry).state != RIGHT, words


def test_a_named_part_of_the_quotation_keeps_its_half_and_its_message():
    entry = QUOTE | {"wrong": {"time and careful design": "Quote the verb too."}}
    for words in ("time and careful design", "time and careful design if they are to be successful"):
        told = say(words, **entry)
        assert (told.share, told.message) == (0.5, "Quote the verb too.")
    few = say("time and", **entry | {"wrong": {"time and": "Too few."}})
    assert (few.share, few.message) == (0, "Too few.")


def test_a_quotation_may_accept_other_words_as_a_whole():
    entry = QUOTE | {"accepts": ["That is the verdict", "not in the text"]}
    assert say("“That is the verdict.”", **entry).state == RIGHT
    assert say("successful. That is the verdict", **entry).state == WRONG
    assert say("not in the text", **entry).state == WRONG
    assert say(QUOTE["answer"], **entry).state == RIGHT


@pytest.mark.parametrize("value, words", [
    ((2, 200), "Write 2200"),
    ((2, 200, 0), "Write 2200000"),
    ((10, 0), "Write 10000"),
    ((-2, 200), "Write -2200"),
    ((5, 8), "with a point"),
    ([23, 24], "a new item"),
])  # fmt: skip
def test_a_comma_inside_a_number_is_named(value, words):
    told = say(value, **NUMBER | {"percent": False, "unit": "people", "answer": 1})
    assert told.state == WRONG
    assert "Python reads a comma as the start of a new item" in told.message or "a new item" in told.message
    assert words in told.message


def test_a_comma_inside_the_numbers_of_a_range_is_named():
    told = say([3, 0, 4, 0], **RANGE)
    assert "a new item" in told.message and "Give two numbers" in told.message
    assert "a new item" not in say([[15], [20]], **RANGE).message


@pytest.mark.parametrize("entry, value", [
    (LETTERS, "b and d"),
    (LETTERS, "b & d"),
    (LETTERS, "b, and d"),
    (LETTERS, "conflicts and interests, taking part"),
    (LETTERS, "conflicts and interests and d"),
    (LETTERS, ["b and d"]),
    (LETTERS, "b) and d)"),
    (LETTERS, "(b), (d)"),
    (LETTERS, ["b)", "d)"]),
    (LETTERS, "b d"),
    (LETTERS, "b/d"),
    (HOPES, "hopefully some"),
    (HOPES, ["hopefully / some"]),
    (HOPES, "hopefully + some"),
    (SET, "Kingsland and Sobanja"),
    (SET, "Dr Kingsland and Mr Sobanja"),
    (SET, ["Dr Kingsland", "Mr Sobanja"]),
    (SET, {"Sir Kingsland", "Professor Sobanja"}),
    (SET, "\u201cKingsland\u201d and \u201cSobanja\u201d"),
    (ORDER, "a, b and c"),
    (ORDER, "a b c"),
    (ORDER, "a > b > c"),
    (ORDER, "a \u2192 b -> c"),
])  # fmt: skip
def test_a_list_may_be_told_in_words(entry, value):
    assert say(value, **entry).state == RIGHT


@pytest.mark.parametrize("entry, value", [
    (CHOICE, "a b"), (CHOICE, "a. b"), (CHOICE, "c b"), (LETTERS, "a b, d"), (LETTERS, ["a b", "d"]), (LETTERS, "a b d"),
    (LETTERS, "a/b/d"), (LETTERS, ["a) b)", "d"]),
])  # fmt: skip
def test_the_letter_a_before_another_is_an_answer_and_no_article(entry, value):
    assert say(value, **entry).state != RIGHT


def test_letters_in_one_piece_are_not_said_to_be_missing():
    assert "found" not in say(["bd"], **LETTERS).message
    assert "1 of 2 found" in say(["b", "x"], **LETTERS).message


def test_words_that_are_no_items_are_not_taken_apart():
    told = say("fish and chips", **SET)
    assert told.state == WRONG and "fish and chips" in told.message
    assert say("a and b", **LETTERS).share == 0
    assert "It is there." in say("a and b", **LETTERS).message


def test_a_range_in_words_is_told_that_two_numbers_are_asked_in_digits():
    told = say("three to four", **RANGE | {"answer": [3, 4], "unit": "years"})
    assert told.state == WRONG and "not one number" not in told.message
    assert "two numbers" in told.message and "digits" in told.message


CLAIM = {
    "kind": "text",
    "answer": "joint-report-c09",
    "accepts": ["walk-away-c50"],
    "right": "Yes.",
    "else": "Argue it.",
    "claims": ["joint-report-c01", "joint-report-c09", "walk-away-c50"],
}


@pytest.mark.parametrize("value, state, words", [
    ("joint-report-c09", RIGHT, "Yes."),
    ("[joint-report-c09]", RIGHT, "Yes."),
    (" [Walk-Away-c50]. ", RIGHT, "Yes."),
    ("walk-away-c99", WRONG, "There is no claim walk-away-c99"),
    ("[joint-report-c9]", WRONG, "There is no claim joint-report-c9"),
    ("joint report c09", RIGHT, "Yes."),
    ("Joint Report, claim 09", RIGHT, "Yes."),
    ("joint-report-cO9", WRONG, "the letter o where the id has the digit 0"),
    ("joint-report-c01", WRONG, "Argue it."),
    ("We will need support", WRONG, "is no id of a claim"),
])  # fmt: skip
def test_the_id_of_a_claim_may_stand_in_brackets_and_has_to_exist(value, state, words):
    told = say(value, **CLAIM)
    assert told.state == state and words in told.message, told


# --- numbers with their units, commas and names ------------------------------------------------------------

MONEY = {"kind": "number", "answer": 94.809, "tolerance": 0.3, "unit": "GBP million", "right": "Yes."}
RATE = {"kind": "number", "answer": 0.87, "unit": "GBP per EUR", "right": "Yes."}
PEOPLE_COUNTED = {"kind": "number", "answer": 10094, "unit": "payments", "right": "Yes."}


@pytest.mark.parametrize("entry, text", [
    (MONEY, "94.8"), (MONEY, "£94.8m"), (MONEY, "94.8 million pounds"), (MONEY, "£94,809,000"), (MONEY, "94,809,000 pounds"),
    (MONEY, "£94,809k"), (MONEY, "0.0948 billion"), (MONEY, "94.8 million."), (MONEY, "GBP 94.8 million"),
    (RATE, "£0.87"), (RATE, "0.87 pounds per euro"), (RATE, "0.87 GBP per EUR"), (RATE, "0.87."),
    (RANGE, "£15-20bn"), (RANGE, "£15 to £20 billion"), (RANGE, "£15bn–£20bn"), (RANGE, "£15,000,000,000 to £20bn"),
    (RANGE, ["£15bn", "£20bn"]), (RANGE, "15-20"),
    (RANGE | {"unit": "years"}, "15 years-20 years"), (RANGE | {"unit": "years"}, "15 years to 20 years."),
    (RANGE | {"unit": "percent", "percent": True, "answer": [-2.0, 0.2]}, "−2.0 – +0.2"),
    (NUMBER, "23%."), (NUMBER, "23 per cent."), (NUMBER, "23 per-cent"), (NUMBER, "23pc"),
    (PEOPLE_COUNTED, "10,094."), (PEOPLE_COUNTED, "10,094 payments"),
    ({"kind": "number", "answer": 5, "beside": ["wave"], "right": "Yes."}, "wave 5"),
    ({"kind": "number", "answer": 5, "beside": ["wave"], "right": "Yes."}, "Wave: 5."),
    ({"kind": "number", "answer": 5, "beside": ["wave"], "right": "Yes."}, "5. wave"),
    ({"kind": "number", "answer": 0.4, "beside": ["kappa", "κ"], "right": "Yes."}, "κ = 0.4"),
])  # fmt: skip
def test_a_unit_that_converts_exactly_and_the_name_of_a_number_change_nothing(entry, text):
    assert say(text, **entry).state == RIGHT, say(text, **entry)


@pytest.mark.parametrize("entry, text, told", [
    (MONEY, "95 pounds", "factor of 1,000,000"),
    (MONEY, "£94.8", "factor of 1,000,000"),
    (MONEY, "€94.8m", "You gave EUR"),
    (RATE, "0.87 euros", "You gave EUR"),
    (RATE, "€0.87", "You gave EUR"),
    (RANGE, "£15-£20", "factor of 1,000,000,000"),
    (RANGE, ["£15", "£20"], "factor of 1,000,000,000"),
    ({"kind": "number", "answer": 5, "beside": ["wave"], "right": "Yes."}, "not wave 5", "write it without other words"),
    (PEOPLE_COUNTED, "10,094 mean payments", "write it without other words"),
    (PEOPLE_COUNTED | {"percent": True}, "2,200 people", "write it without other words"),
])  # fmt: skip
def test_another_unit_is_not_the_question_s_own(entry, text, told):
    result = say(text, **entry)
    assert result.state == WRONG and told in result.message, result


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from([" staff", " mean payments", "", " people.", "."]))
def test_a_comma_before_three_digits_is_no_decimal_comma(first, rest, words):
    told = say(f"{first},{rest:03d}{words}", **PEOPLE_COUNTED)
    assert "with a point" not in told.message


@pytest.mark.parametrize(
    "text, point", [("0,094", "0.094"), ("1234,567", "1234.567"), ("70,50 people", "70.50"), ("3,5", "3.5")]
)
def test_any_other_comma_is_one(text, point):
    assert f"write {point}, with a point" in say(text, **PEOPLE_COUNTED).message


def test_a_column_of_a_table_is_called_a_list():
    told = say(pd.Series([1.0, math.nan, 3.0]), **NUMBER)
    assert "a list of 3" in told.message and "nan" not in told.message


def test_two_numbers_that_are_asked_are_not_called_one():
    assert "works" not in say("-2.0 - 0.2 - 3", **RANGE).message
