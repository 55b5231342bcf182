"""Marking a class: collect what was handed in, run it where it can do no harm, judge the values outside, write the record.

`mark_a_class` is the engine of `nhsreform mark`: it has `hand_ins` collected, `run_class` run them in the `sandbox`, and
`judge_class` judge, with the key, when the last student's process is gone. What it leaves is class.json (`record`), marks.csv
(`marks_csv`) and audit.jsonl (`log`). Every later command begins with `marked_class.read_class`, which puts by-hand.csv
(`by_hand`) on top, and goes on in `gradebook`, `pages` or `prose`. Only the commands call in here.
"""
