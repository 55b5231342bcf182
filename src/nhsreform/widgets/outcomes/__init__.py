"""Predictions, scored: what later evidence makes of each claim that it bears on."""
