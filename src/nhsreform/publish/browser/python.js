// Starts Python in the kernel's worker: Pyodide, and all packages from one archive, put where Python looks for them without
// being copied or compiled. It stands before JupyterLite's kernel in the same file, so Python starts before the kernel asks.
(() => {
  "use strict";
  // The kernel loads this file once more by its address.
  if (self.nhsreformPython) return;
  const FOLDER = new URL("../../../../pyodide/", self.location.href).href;
  const PLACE = "/lib/python3.12/site-packages";
  // What the first cell of any notebook needs, imported as from a cell: pandas looks whether it is in a notebook.
  const NEEDED = `
import importlib
importlib.invalidate_caches()
import pyodide_kernel
with pyodide_kernel.ipython_shell.builtin_trap:
    import pandas, anywidget, nhsreform.data.tables, nhsreform.widgets.prediction
`;

  /** Return the archive: the number of bytes of a list, the list of [name, bytes], and the files one after the other. */
  async function fetched() {
    const answer = await fetch(`${FOLDER}packages.bin`);
    if (!answer.ok) throw new Error(`packages.bin: ${answer.status}`);
    return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  }

  function unpack(FS, archive) {
    const length = new DataView(archive).getUint32(0, true);
    let start = 4 + length;
    const folders = new Set();
    for (const [name, bytes] of JSON.parse(new TextDecoder().decode(new Uint8Array(archive, 4, length)))) {
      const [, folder, file] = `${PLACE}/${name}`.match(/^(.*)\/([^/]*)$/);
      if (!folders.has(folder)) FS.mkdirTree(folder);
      folders.add(folder);
      FS.createDataFile(folder, file, new Uint8Array(archive, start, bytes), true, true, true);
      start += bytes;
    }
  }

  async function start(loadPyodide) {
    const archive = fetched();
    const python = await loadPyodide({ indexURL: FOLDER });
    unpack(python.FS, await archive);
    python.runPython(NEEDED);
    return python;
  }

  importScripts(`${FOLDER}pyodide.js`);
  self.nhsreformPython = start(self.loadPyodide);
  self.loadPyodide = () => self.nhsreformPython;
})();
