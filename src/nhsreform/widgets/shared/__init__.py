"""What every widget is made of: the base classes, the styles, the keyboard, keeping, and repairs of stock ipywidgets.

Called by every widget. What is changed here is changed for all of them: run every file of tests/widgets and
tests/browser.
"""
