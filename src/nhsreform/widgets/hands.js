// Passes single keys pressed in the panel on to Python, and puts the focus where Python asks for it.
// A view that is drawn anew loses the focus; without this the next key would go to JupyterLab.

const TYPED_INTO = "textarea, select, [contenteditable=true], input:not([type=radio], [type=checkbox])";
const FOCUSABLE = "button, input, textarea, select, summary, [tabindex]";
const PATIENCE = 120;

export default {
  render({ model, el }) {
    el.classList.add("nhsr-mender");
    let frame = 0;
    let panel = null;

    const pass = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const typing = event.target.matches(TYPED_INTO);
      const wanted = typing
        ? event.key === "Enter" && event.target.closest(".nhsr-enter") !== null
        : model.get("watched").includes(event.key);
      if (!wanted) return;
      event.preventDefault();
      model.send({ key: event.key, inside: event.target.closest(".nhsr-choices") !== null });
    };

    const focus = ({ focus: selector }, left = PATIENCE) => {
      const place = selector && panel && panel.querySelector(selector);
      const shown = place && place.getClientRects().length > 0;
      if (shown) {
        const target = place.matches(FOCUSABLE)
          ? place
          : place.querySelector("[aria-pressed=true]") || place.querySelector(FOCUSABLE);
        if (target) {
          target.focus();
          return;
        }
      }
      if (left > 0) frame = requestAnimationFrame(() => focus({ focus: selector }, left - 1));
    };

    const start = () => {
      panel = el.closest(".nhsr-panel");
      // On the way down: text fields let no key out again.
      if (panel) panel.addEventListener("keydown", pass, { capture: true });
      else frame = requestAnimationFrame(start);
    };

    start();
    model.on("msg:custom", focus);
    return () => {
      cancelAnimationFrame(frame);
      model.off("msg:custom", focus);
      if (panel) panel.removeEventListener("keydown", pass, { capture: true });
    };
  },
};
