"""The prediction: a guess before the numbers are shown."""
