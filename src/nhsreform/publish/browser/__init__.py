"""The browser edition: the pack in JupyterLab, run by the browser itself, from a folder of plain files.

Called by `nhsreform build --browser` and `--site`. What it is put together from stands in files.csv, one row for each
file, with its hash; `files` gets and checks them, `compiled` has Pyodide compile what the pack imports, `runtime` makes the
Python that the page loads, `contents` the notebooks, `upstream_patches` changes what others' files do, and `build` makes the folder.
`page.js` is the pack's own part of the page: Python started early, what is kept, and what to do when it is not. `python.js`
is its part of the kernel's worker.
"""
