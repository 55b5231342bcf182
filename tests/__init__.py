"""The tests of the pack. A package, so that two folders may each have a test_board.py."""
