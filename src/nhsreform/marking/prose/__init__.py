"""Prose read by a person: codes for names, sheets to fill in, a second reading. Called by `nhsreform prose`."""
