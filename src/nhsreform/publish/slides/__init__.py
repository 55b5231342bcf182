"""The three routes through the pack, and a slide deck for each, made from the cells of the notebooks."""
