"""The questions that a machine can check, as files that a learning platform imports: Moodle XML, QTI 2.1 and CSV."""
