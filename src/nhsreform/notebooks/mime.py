"""The two kinds of output that notebooks of this pack hold besides text, by the names that JupyterLab gives them."""

VIEW = "application/vnd.jupyter.widget-view+json"
CHART = "application/vnd.vegalite.v5+json"
# What tells a screen reader of an output as soon as its cell has run: JupyterLab itself says only that the next cell has
# the focus. Saved, it is no news: a notebook that is opened again would say all its outputs.
ALERT = "role='alert'"
