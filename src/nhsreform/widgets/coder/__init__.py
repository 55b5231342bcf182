"""The coder: a learner codes claims, and compares."""
