"""A slide deck for each route, made from the cells of the notebooks that teaching/routes.toml names.

Called by `nhsreform slides`. `kinds` has a function for each kind of slide, `deck` makes decks and writes the page.
"""
