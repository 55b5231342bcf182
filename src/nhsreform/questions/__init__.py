"""The questions of the exercises: built from the worked notebooks, judged, shown to a learner, exported as a quiz.

`nr.check` and its kin and the commands build, check and quiz come in here; marking takes the judge and the key. A new kind of
question goes into kinds/. Wording belongs in the worked notebooks: exercises/key.json is built from them.
"""
