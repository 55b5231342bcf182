"""Notebooks as files: run, tidied, compared under nbval, and cleaned when JupyterLab saves them.

Called by the commands, by pytest (`nbval_guard`) and by the Jupyter server (`save_hook`), which may load no widget.
"""
