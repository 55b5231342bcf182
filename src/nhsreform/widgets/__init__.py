"""What learners look at and touch: reader, contrast, coder, timeline, simulators, board, predictions and recall."""
