"""One door for each small job with words, pages and files: nothing here knows what the pack is about.

Every room may call it. Change a rule here, in one place, with its test in tests/text, and it changes everywhere.
"""
