// Has Pyodide's own Python compile what the pack imports, so that no learner's browser has to at each start. Called by
// compiled.py with a folder that holds Pyodide and sources.zip; puts compiled.zip there. No clock and no chance in it: the
// same sources give the same bytes, on any computer.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
// Left alone, Node.js prints a megabyte of Pyodide and not what Python said.
process.on("uncaughtException", (error) => (console.error(error.message), process.exit(1)));
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));

/** Return a Python of its own, with the sources where it finds them. */
async function python() {
  const started = await loadPyodide({ indexURL: `${folder}/`, env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" } });
  started.FS.writeFile("/sources.zip", readFileSync(`${folder}/sources.zip`));
  return started;
}

// Modules that the pack does not use would only make the first visit longer: they stay as sources.
const used = (await python()).runPython(`
import importlib
import sys
import zipfile

with zipfile.ZipFile("/sources.zip") as sources:
    sources.extractall("/", [name for name in sources.namelist() if name.startswith("lib/python3.12/")])
importlib.invalidate_caches()

import nhsreform as nr

for name in dir(nr):
    getattr(nr, name)
claims = nr.claims()
claims._repr_html_(), repr(claims.groupby(["speaker", "theme"]).size().unstack().describe())
nr.charts.stance_chart(claims).to_dict()

# Last, because it takes over what Python prints.
import piplite.piplite
import pyodide_kernel

files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
"\\n".join(name for name in sources.namelist() if name.endswith(".py") and ("/nhsreform/" in name or f"/{name}" in files))
`);

const compiling = await python();
compiling.globals.set("used", used);
compiling.runPython(`
import importlib.util
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile("/compiled.zip", "w") as compiled:
    for name in used.splitlines():
        source = sources.read(name)
        # Under the name that it has there, for tracebacks; no clock in it, and nothing to be looked at again at its import.
        code = compile(source, f"/{name}", "exec", dont_inherit=True)
        compiled.writestr(zipfile.ZipInfo(name), _code_to_hash_pyc(code, importlib.util.source_hash(source), False))
`);
writeFileSync(`${folder}/compiled.zip`, compiling.FS.readFile("/compiled.zip"));
