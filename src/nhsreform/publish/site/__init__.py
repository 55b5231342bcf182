"""The reading edition: the pack as web pages that any browser opens from a folder, and as PDF.

`pages` turns notebooks, exercises, tables and guides into Markdown pages, `live_widgets` takes the state of the widgets that
need no kernel, `build` has Sphinx make the pages, with `sphinx_extension` and `glossary_links`.
"""
