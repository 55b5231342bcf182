"""Prose read by a person: by question, without names, from a plain folder. Called by `nhsreform prose`.

`prepare` (in `sheets`) writes a page and a CSV for each question, `collect` takes the CSVs in. `codes` knows whose is which,
`moderation` is the second reading.
"""
