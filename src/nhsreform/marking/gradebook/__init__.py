"""Grades into the worksheet that a platform gave. Called by `nhsreform gradebook`; one small class a platform."""
