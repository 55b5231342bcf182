"use strict";
// The pack's own part of the page that runs JupyterLab in the browser. It says what is kept, looks after a learner's changed
// notebooks when a newer edition comes, and tells when Python does not start. Plain script: no build, nothing fetched elsewhere.
(() => {
  const ROOT = new URL("./", document.currentScript.src);
  const SCRIPT = { ...document.currentScript.dataset };
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const CHART = "application/vnd.vegalite.v5+json";
  const PYTHON_SECONDS = 30;
  const CONTROL_SECONDS = 3;
  const RUNS = ["runmenu:run-all", "notebook:run-all-cells", "notebook:restart-run-all", "runmenu:restart-and-run-all"];

  // --- where all storage is off, JupyterLab keeps its settings in memory: without any it opens nothing ----------------

  class InMemory {
    #entries = new Map();
    get length() {
      return this.#entries.size;
    }
    key(place) {
      return [...this.#entries.keys()][place] ?? null;
    }
    getItem(name) {
      return this.#entries.get(String(name)) ?? null;
    }
    setItem(name, value) {
      this.#entries.set(String(name), String(value));
    }
    removeItem(name) {
      this.#entries.delete(String(name));
    }
    clear() {
      this.#entries.clear();
    }
  }

  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].setItem("nhsr-probe", "1");
      window[name].removeItem("nhsr-probe");
    } catch {
      Object.defineProperty(window, name, { value: new InMemory(), configurable: true });
      // It is there and refuses everything: JupyterLab would take it for usable.
      Object.defineProperty(window, "indexedDB", { value: undefined, configurable: true });
    }
  }

  // --- Python, while JupyterLab is still being drawn -------------------------------------------------

  /** Have the service worker in control, before anything else needs it: what Python reads and writes goes through it. */
  async function controlled() {
    if (!navigator.serviceWorker || navigator.serviceWorker.controller) return;
    const taken = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    const worker = new URL("service-worker.js?enableCache=false", ROOT).href;
    // By this JupyterLite knows it for its own, and does not put another in its place.
    localStorage.setItem(`${worker}-version`, SCRIPT.version);
    await navigator.serviceWorker.register(worker);
    await taken;
  }

  /** Start Python for the notebook that was asked for, and hand it over when JupyterLab comes to start one. */
  async function startPython() {
    if (crossOriginIsolated || !new URLSearchParams(location.search).get("path")?.endsWith(".ipynb")) return;
    const address = new URL(SCRIPT.worker, ROOT);
    const { Worker } = window;
    let started;
    window.Worker = class extends Worker {
      constructor(url, options) {
        if (new URL(url, location.href).pathname !== address.pathname) return super(url, options);
        window.Worker = Worker;
        return started || super(url, options);
      }
    };
    await control;
    if (window.Worker !== Worker) started = new Worker(address);
  }

  const control = controlled().catch(() => {});
  startPython();

  // --- what is said at the top -----------------------------------------------------------------------

  const lines = new Map();

  /** Say a sentence at the top under a name, with buttons ({words: what it does}); no sentence takes it away. */
  function say(name, sentence, buttons = {}, urgent = true) {
    if (sentence) lines.set(name, { sentence, buttons, urgent });
    else lines.delete(name);
    draw();
  }

  function draw() {
    let bar = document.getElementById("nhsr-bar");
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "nhsr-bar";
      bar.setAttribute("role", "status");
      bar.setAttribute("aria-label", "About this copy of the pack");
      document.body.prepend(bar);
    }
    bar.hidden = lines.size === 0;
    bar.className = [...lines.values()].some((line) => line.urgent) ? "urgent" : "";
    bar.replaceChildren(...[...lines].map(([name, line]) => paragraph(name, line)));
    makeRoom(bar);
  }

  function paragraph(name, { sentence, buttons }) {
    const element = document.createElement("p");
    element.dataset.line = name;
    element.textContent = sentence;
    for (const [words, act] of Object.entries({ ...buttons, "Hide this line": () => say(name, "") })) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.addEventListener("click", act);
      element.append(button);
    }
    return element;
  }

  function makeRoom(bar) {
    const main = document.getElementById("main");
    if (!main) return;
    const height = bar.hidden ? 0 : bar.offsetHeight;
    Object.assign(main.style, { top: `${height}px`, height: `calc(100% - ${height}px)`, bottom: "auto" });
    window.dispatchEvent(new Event("resize"));
  }

  // --- whether anything is kept ----------------------------------------------------------------------

  /** Return whether this browser keeps data for this page: written and read back. */
  function canStore() {
    return new Promise((resolve) => {
      try {
        const asked = indexedDB.open("nhsreform-probe", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("probe");
        asked.onerror = () => resolve(false);
        asked.onsuccess = () => {
          const writing = asked.result.transaction("probe", "readwrite");
          writing.objectStore("probe").put(1, "one");
          writing.oncomplete = () => (asked.result.close(), resolve(true));
          writing.onerror = writing.onabort = () => (asked.result.close(), resolve(false));
        };
      } catch {
        resolve(false);
      }
    });
  }

  const SAVE = "Before you leave, run nr.save() in a cell and download the file it makes.";
  const BACK = ' nr.restore("...") brings it back, here or elsewhere.';
  // Python sees what is uploaded through the service worker alone.
  const BACK_ELSEWHERE = " Upload it where the pack is installed, or at an address that begins with https: nr.restore(\"...\") brings it back there.";

  async function sayWhatIsKept() {
    if (location.protocol === "file:") {
      say("kept", "This page was opened as a file, and browsers run nothing from files. In its folder type  python3 -m http.server  and open the address that it prints. The pages to read work from files.");
      return;
    }
    if (!window.isSecureContext || !("serviceWorker" in navigator)) {
      const why = window.isSecureContext ? "This browser window has no service worker, as some private windows have not" : "This address does not begin with https";
      say("kept", `Nothing that you answer here will last: everything runs, but what you answer is gone when Python stops. ${why}. ${SAVE}${BACK_ELSEWHERE}`);
      return;
    }
    if (!(await canStore())) {
      say("kept", `Nothing that you type here will last: this browser keeps no data for this page (storage is off, full, or forbidden). Everything runs. ${SAVE}${BACK_ELSEWHERE}`);
      return;
    }
    const room = (await navigator.storage?.estimate?.()) || {};
    if (room.quota && room.quota - room.usage < 20e6) {
      say("kept", `The room that this browser has for this page is nearly full, so what you type may not be kept. ${SAVE}${BACK}`);
      return;
    }
    say("kept", "What you type is kept in this browser, on this computer only; in a private window it goes when you close it. nr.save() gives you a file to keep.", {}, false);
    navigator.storage?.persist?.();
  }

  /** The service worker has to be in control before the kernel starts, or the kernel waits for ever. Return nothing. */
  async function waitForControl() {
    if (!("serviceWorker" in navigator)) return;
    await Promise.race([control, new Promise((over) => setTimeout(over, CONTROL_SECONDS * 1000))]);
    const registered = await navigator.serviceWorker.getRegistration(ROOT.href).catch(() => undefined);
    if (!registered || navigator.serviceWorker.controller) return;
    if (sessionStorage.getItem("nhsr-reloaded")) return;
    sessionStorage.setItem("nhsr-reloaded", "1");
    location.reload();
  }

  // --- notebooks -------------------------------------------------------------------------------------

  /** Return the mark of a notebook's cells, as contents.py makes it. */
  function mark(content) {
    const text = content.cells.map((cell) => [].concat(cell.source).join("")).join("\0");
    return [0x811c9dc5, 0x01000193]
      .map((start) => {
        let value = start;
        for (let place = 0; place < text.length; place += 1) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
        return (value >>> 0).toString(16).padStart(8, "0");
      })
      .join("");
  }

  /** Take out of a notebook that is being saved what would open as an error tomorrow, as the save hook of a server does. */
  function tidy(content) {
    for (const cell of content.cells || []) {
      for (const output of cell.outputs || []) {
        const data = output.data || {};
        const unwanted = [...("text/html" in data ? [VIEW] : []), ...(CHART in data ? ["image/png"] : [])];
        for (const kind of unwanted) {
          delete data[kind];
          if (output.metadata) delete output.metadata[kind];
        }
      }
    }
    if (content.metadata) delete content.metadata.widgets;
  }

  /** Return a free name beside `path` for the learner's own copy. */
  async function nameForCopy(contents, path) {
    const folder = await contents.get(path.split("/").slice(0, -1).join("/"), { content: true });
    const taken = new Set(folder.content.map((entry) => entry.path));
    for (let number = 1; ; number += 1) {
      const name = path.replace(/\.ipynb$/, ` (my copy${number > 1 ? ` ${number}` : ""}).ipynb`);
      if (!taken.has(name)) return name;
    }
  }

  /** Put the learner's notebook aside under a name of its own, and open the pack's in its place. */
  async function original(app, panel) {
    const { contents } = app.serviceManager;
    const path = panel.context.path;
    const mine = panel.context.model.toJSON();
    if (mark(mine) !== mine.metadata?.nhsreform?.edition) {
      const copy = await nameForCopy(contents, path);
      await contents.save(copy, { type: "notebook", format: "json", content: mine });
      say("edition", `Here is the pack's own notebook. Yours is kept beside it as ${copy.split("/").pop()}.`, {
        "Open mine": () => app.commands.execute("docmanager:open", { path: copy }),
      }, false);
    } else {
      say("edition", "");
    }
    // What the browser keeps under this name goes, and what the page brings shows: fetched anew, not from a cache.
    panel.context.model.dirty = false;
    panel.close();
    await contents.delete(path).catch(() => {});
    await fetch(new URL(`files/${encodeURI(path)}`, ROOT), { cache: "reload" });
    await app.commands.execute("docmanager:open", { path });
  }

  const compared = new Set();

  /** Look whether the pack's notebook is newer than the one that opened. */
  async function compare(app, panel, edition) {
    const path = panel.context.path;
    const stamped = panel.context.model.getMetadata("nhsreform")?.edition;
    const now = edition.notebooks[path];
    if (!now || !stamped || now === stamped || compared.has(path)) return;
    compared.add(path);
    if (mark(panel.context.model.toJSON()) === stamped) {
      await original(app, panel);
      return;
    }
    say("edition", "The pack has a newer edition of this notebook. This is yours, as you changed it.", {
      "Show the newer one, and keep mine beside it": () => original(app, panel),
    });
  }

  /** Return when a notebook's kernel can take a cell. */
  function pythonIsThere(panel) {
    const { sessionContext } = panel.context;
    const there = () => ["idle", "busy"].includes(sessionContext.session?.kernel?.status);
    return new Promise((resolve) => {
      const look = () => (there() ? resolve() : setTimeout(look, 200));
      look();
    });
  }

  function watchPython(panel) {
    const late = setTimeout(
      () =>
        say("python", `Python has not started in ${PYTHON_SECONDS} seconds. On a slow connection it may still come. If not: reload this page; ` +
          "close other tabs of it; allow this site to keep data; or try another browser, such as a current Chrome, Edge or Firefox.", {
          "Reload": () => location.reload(),
        }),
      PYTHON_SECONDS * 1000,
    );
    pythonIsThere(panel).then(() => (clearTimeout(late), say("python", "")));
    panel.disposed.connect(() => clearTimeout(late));
  }

  /** A run that is asked for before Python is there is carried out when it is. */
  function runWhenReady(app, current) {
    const execute = app.commands.execute.bind(app.commands);
    app.commands.execute = async (id, args) => {
      const panel = current();
      if (panel && (RUNS.includes(id) || id.startsWith("notebook:run-")) && panel.context.sessionContext.session?.kernel?.status !== "idle") {
        await pythonIsThere(panel);
      }
      return execute(id, args);
    };
  }

  function saveTidied(app) {
    const { contents } = app.serviceManager;
    const save = contents.save.bind(contents);
    contents.save = async (path, options = {}) => {
      if (options.type === "notebook" && options.content?.cells) {
        options = { ...options, content: JSON.parse(JSON.stringify(options.content)) };
        tidy(options.content);
      }
      try {
        return await save(path, options);
      } catch (error) {
        say("saving", `This could not be kept: ${error.message || error}. Download it now: File, Download.`);
        throw error;
      }
    };
  }

  /** What is typed is written down when the tab is hidden or closed, not only every few seconds. */
  function saveWhenHidden(panels) {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "hidden") return;
      for (const panel of panels) if (!panel.isDisposed && panel.context.model.dirty) panel.context.save();
    });
  }

  async function withApp(app) {
    await app.started;
    await app.restored;
    const bar = document.getElementById("nhsr-bar");
    if (bar) makeRoom(bar);
    const edition = await (await fetch(new URL("edition.json", ROOT), { cache: "no-cache" })).json();
    const panels = new Set();
    const isNotebook = (widget) => widget?.context?.sessionContext && widget.context.model?.cells;
    const current = () => (isNotebook(app.shell.currentWidget) ? app.shell.currentWidget : undefined);
    const look = async () => {
      for (const widget of app.shell.widgets("main")) {
        if (!isNotebook(widget) || panels.has(widget)) continue;
        panels.add(widget);
        watchPython(widget);
        await widget.context.ready;
        await compare(app, widget, edition);
      }
    };
    app.commands.addCommand("nhsreform:original", {
      label: "Bring back the Pack's Own Notebook (yours is kept beside it)",
      isEnabled: () => Boolean(current() && edition.notebooks[current().context.path]),
      execute: () => original(app, current()),
    });
    window.nhsreform = { original: () => app.commands.execute("nhsreform:original") };
    saveTidied(app);
    runWhenReady(app, current);
    saveWhenHidden(panels);
    app.shell.layoutModified?.connect?.(look);
    app.shell.currentChanged?.connect?.(look);
    await look();
  }

  document.addEventListener("DOMContentLoaded", async () => {
    await sayWhatIsKept();
    await waitForControl();
    const waiting = setInterval(() => {
      if (!window.jupyterapp) return;
      clearInterval(waiting);
      withApp(window.jupyterapp);
    }, 50);
  });
})();
