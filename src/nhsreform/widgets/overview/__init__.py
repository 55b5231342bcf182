"""The whole debate on one page."""
