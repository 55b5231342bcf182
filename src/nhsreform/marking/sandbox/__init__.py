"""Where students' code runs, and how little it can do there: README.md says against what. Called by `mark_a_class`."""
