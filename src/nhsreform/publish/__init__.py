"""What the pack is made into: the reading edition, handouts, slides, and the generated files.

Called by `nhsreform build` and `slides`. To change a page, change the notebook, table or guide it is made from.
"""
