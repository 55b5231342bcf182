"""Notebooks as files: run, tidied, compared and cleaned when they are saved."""
