"""What learners look at and touch, one folder a widget, with its .py, .js and .css side by side.

Learners call them as `nr.reader()` and so on. A widget only shows: what it shows is computed by a function (`model`)
that is tested without it.
"""
