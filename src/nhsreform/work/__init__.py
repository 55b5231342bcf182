"""What a learner enters, kept in one file that nothing else may write."""
