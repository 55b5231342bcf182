"""The reading edition: the pack as web pages that any browser opens from a folder.

`pages` and `table_pages` turn notebooks, exercises, tables and guides into Markdown pages, `live_widgets` takes the
state of the widgets that need no kernel, `build` has Sphinx make the pages, with `sphinx_extension` and `glossary_links`.
Called by `nhsreform build --site` and by `handouts`, which prints some of the pages.
"""
