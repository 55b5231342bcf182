"""The two kinds of output that notebooks of this pack hold besides text, by the names that JupyterLab gives them."""

VIEW = "application/vnd.jupyter.widget-view+json"
CHART = "application/vnd.vegalite.v5+json"
