"""A slide deck for each route, made from the cells of the notebooks that teaching/routes.toml names.

Called by `nhsreform slides`. `sections` chooses, `fit` divides what is too long for a slide, `deck` writes the page.
"""
