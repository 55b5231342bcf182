"""The reading edition: the pack as web pages that any browser opens from a folder, and as PDF.

`texts` turns notebooks, exercises, tables and guides into Markdown pages, `live` takes the state of the widgets that
need no kernel, `building` has Sphinx make the pages, `folder` guards the folder they go to, `printing` makes the PDFs.
"""
