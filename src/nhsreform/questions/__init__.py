"""The questions of the exercises: built from the worked notebooks, judged, shown to a learner, and exported as a quiz."""
