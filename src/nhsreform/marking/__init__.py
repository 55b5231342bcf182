"""Marking a class: collect what was handed in, run it where it can do no harm, judge the values outside, write the marks.

From the bottom up: `cells` reads a notebook's file; `jail` and `child` run its cells, away from the key; `run` drives them
from outside; `collect` finds who handed in what; `marks` judges, with the key, when the last student process is gone;
`command` is `nhsreform mark`.
"""
