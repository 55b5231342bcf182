"""What a learner enters, kept in one file, my-work.json.

Called by whatever a learner fills in: questions, coder, board, predictions. Only `store` reads or writes the file,
and never loses what it cannot read.
"""
