"""Who handed in what, out of a folder or a platform's download. Called by `mark_a_class`."""
