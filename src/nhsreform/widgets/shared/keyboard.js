// Passes single keys pressed in the panel on to Python, and puts the focus where Python asks for it.
//
// A control that is drawn anew loses the focus, and the next key would be lost or reach JupyterLab. So before
// anything is redrawn the focus is parked on the panel itself; Python's answer takes it on from there.
//
// JupyterLab passes messages on over one thread of the kernel at first and over another soon after, so a later key can
// overtake an earlier one. Hence the queue: a key, or a click on a button of the keyboard's, goes out when Python has dealt
// with what came before it.

const TYPED_INTO = "textarea, select, [contenteditable=true], input:not([type=radio], [type=checkbox])";
const FOCUSABLE = "button, input, textarea, select, summary, [tabindex]";
// Milliseconds: on a slow computer the controls to come are long in coming.
const PATIENCE = 10000;

// The panel that was used last: Python's answer reaches every view of it, and is meant for this one.
let used = null;

export default {
  render({ model, el }) {
    el.classList.add("nhsr-unseen");
    let frame = 0;
    let panel = null;
    // How often the focus was parked and not yet answered: only the last answer counts.
    let waiting = 0;
    // Every view gets every answer, so a key carries the name of its view.
    const view = Math.random().toString(36).slice(2);
    const queue = [];
    let sent = 0;

    // Not the last click on a button that an earlier one has disabled or removed: nobody would answer it.
    const answered = ({ button }) => !button || (button.isConnected && !button.disabled);

    const sendNext = () => {
      while (queue.length > 0 && !answered(queue[0])) queue.shift();
      const next = queue[0];
      if (!next) return;
      next.id = next.button ? "click" : `${view} ${++sent}`;
      if (!next.button) model.send({ ...next, sent: next.id });
      else if (next.held) next.button.click();
    };

    const add = (entry) => {
      queue.push(entry);
      if (queue.length === 1) sendNext();
    };

    const dealtWith = (id) => {
      if (queue.length === 0 || queue[0].id !== id) return;
      queue.shift();
      sendNext();
    };

    const use = () => {
      used = panel;
    };

    const park = () => {
      // An earlier answer may still be looking for its place: it would take the focus to what is about to be redrawn.
      cancelAnimationFrame(frame);
      waiting += 1;
      panel.tabIndex = -1;
      panel.focus({ preventScroll: true });
    };

    const pass = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const typing = event.target.matches(TYPED_INTO);
      const wanted = typing
        ? event.key === "Enter" && event.target.closest(".nhsr-enter") !== null
        : model.get("watched").includes(event.key);
      if (!wanted) return;
      event.preventDefault();
      const inside = event.target === panel || event.target.closest(".nhsr-redrawn") !== null;
      if (inside) park();
      add({ key: event.key, inside, text: typing ? event.target.value || "" : "" });
    };

    const click = (event) => {
      const button = event.target.closest(".nhsr-in-turn");
      // A click of our own, on a button that has waited.
      if (!button || !event.isTrusted) return;
      const held = queue.length > 0;
      if (held) event.stopImmediatePropagation();
      add({ button, held });
    };

    const press = (event) => {
      if (event.target.closest(".nhsr-parks")) park();
    };

    const focus = (selector, until = performance.now() + PATIENCE) => {
      cancelAnimationFrame(frame);
      const place = panel && panel.querySelector(selector);
      if (place && place.getClientRects().length > 0) {
        const target = place.matches(FOCUSABLE)
          ? place
          : place.querySelector("[aria-pressed=true]") || place.querySelector(FOCUSABLE);
        if (target) {
          target.focus();
          return;
        }
      }
      if (performance.now() < until) frame = requestAnimationFrame(() => focus(selector, until));
    };

    const obey = (message) => {
      if (message.dealt_with) {
        dealtWith(message.dealt_with);
        return;
      }
      if (used && used.isConnected && used !== panel) return;
      waiting = Math.max(0, waiting - 1);
      if (waiting === 0) focus(message.focus);
    };

    const settle = (event) => {
      if (event.target === panel) return;
      waiting = 0;
      cancelAnimationFrame(frame);
    };

    // Whoever clicks elsewhere is not called back.
    const leave = () => cancelAnimationFrame(frame);

    const gone = new AbortController();
    const down = { capture: true, signal: gone.signal };
    const start = () => {
      panel = el.closest(".nhsr-panel");
      if (!panel) {
        frame = requestAnimationFrame(start);
        return;
      }
      // On the way down: text fields let no key out again.
      panel.addEventListener("keydown", pass, down);
      panel.addEventListener("click", click, down);
      // On the way up: a click that has to wait does not come by.
      panel.addEventListener("click", press, { signal: gone.signal });
      panel.addEventListener("focusin", settle, { signal: gone.signal });
      for (const kind of ["focusin", "pointerdown"]) panel.addEventListener(kind, use, down);
      document.addEventListener("pointerdown", leave, down);
    };

    start();
    model.on("msg:custom", obey);
    return () => {
      cancelAnimationFrame(frame);
      model.off("msg:custom", obey);
      gone.abort();
    };
  },
};
