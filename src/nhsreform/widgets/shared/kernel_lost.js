// A panel whose kernel is gone says so in words, keeps what was typed on the page, and offers it to the panel that is drawn
// in its place when the cell is run again.

const CUT_OFF = "jupyter-widgets-disconnected";
// Milliseconds without an answer to what was pressed. A kernel that another cell keeps busy is silent too.
const PATIENCE_FOR_AN_ANSWER = 5000;
const RESTARTED = "The kernel was restarted, so Python no longer hears this panel, and nothing that you do in it is kept. "
  + "What you have typed stays on this page: run the cell again (Shift + Enter), and it is offered to you again.";
const SILENT = "Python has not answered. If a star stands beside a cell, that cell is still running: wait for it. If none does, "
  + "the kernel was stopped: run this cell again (Shift + Enter), and what you have typed is offered to you again.";
const OFFERED = "Before the kernel stopped you had entered this here, and it was not kept:";

const shown = (element) => element.getClientRects().length > 0;
const labelOf = (field) => field.closest("label")?.textContent.trim()
  || field.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent.trim() || "";
// A coder's reason belongs to its claim.
const placeOf = (field) => field.closest("[class*='nhsr-claim-']")?.className.match(/nhsr-claim-\d+/)?.[0] || "";

/** Do something in the page's store. A frame of a hosted notebook may have none: what was typed still stands in its fields. */
function inStore(act) {
  try {
    return act(sessionStorage);
  } catch {
    return null;
  }
}

/** What has been typed and chosen in a panel, where it is in sight. */
function entries(panel) {
  const typed = [...panel.querySelectorAll("textarea, input[type=text]")].filter((field) => field.value.trim());
  const chosen = [...panel.querySelectorAll("input[type=radio]:checked")];
  return [...typed, ...chosen].filter(shown).map((field) => ({
    kind: field.type, place: placeOf(field), label: labelOf(field), text: field.type === "radio" ? labelOf(field) : field.value,
  }));
}

/** Put one entry back where it was; say whether there was a place for it. */
function putBack(panel, entry) {
  const field = [...panel.querySelectorAll("textarea, input[type=text], input[type=radio]")].find((each) =>
    each.type === entry.kind && placeOf(each) === entry.place && labelOf(each) === entry.label && shown(each));
  if (!field) return false;
  if (entry.kind === "radio") field.click();
  else {
    field.value = entry.text;
    for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
  }
  return true;
}

/** Watch over a panel's kernel, until `signal` says that the panel goes. Returns what to call when the panel changes. */
function watchKernel(panel, model, el, signal) {
  const stored = `nhsreform entered in ${model.get("panel_name")}`;
  let cut = false;
  let timer = 0;
  let asked = 0;
  const say = (role, ...parts) => {
    el.replaceChildren(make("div", { class: "nhsr-cut-off", role }, ...parts));
    el.classList.remove("nhsr-unseen");
  };
  const unsay = () => {
    el.replaceChildren();
    el.classList.add("nhsr-unseen");
  };
  const keep = () => {
    const entered = entries(panel);
    if (entered.length) inStore((store) => store.setItem(stored, JSON.stringify(entered)));
  };
  const forget = () => inStore((store) => store.removeItem(stored));
  const cutOff = () => {
    cut = true;
    clearTimeout(timer);
    keep();
    panel.classList.add("nhsr-dead");
    panel.querySelectorAll("button, select, input:not([type=text])").forEach((control) => { control.disabled = true; });
    say("alert", make("p", {}, RESTARTED));
  };
  const silent = () => {
    keep();
    say("alert", make("p", {}, SILENT));
  };
  const offer = () => {
    const entered = JSON.parse(inStore((store) => store.getItem(stored)) || "[]");
    if (!entered.length) return;
    const end = () => { forget(); unsay(); };
    say("status", make("p", {}, OFFERED),
      make("ul", {}, ...entered.map((entry) => make("li", {}, entry.text))),
      make("button", { class: "jupyter-button nhsr-put-back", onclick: () => {
        if (entered.map((entry) => putBack(panel, entry)).every(Boolean)) end();
      } }, "Put it back"),
      make("button", { class: "jupyter-button nhsr-leave", onclick: end }, "Leave it"));
  };
  const ask = () => {
    if (cut) return;
    asked += 1;
    clearTimeout(timer);
    timer = setTimeout(silent, PATIENCE_FOR_AN_ANSWER);
    try {
      model.send({ ping: asked });
    } catch {
      silent();
    }
  };
  const hear = (message) => {
    if (message.pong !== asked) return;
    clearTimeout(timer);
    if (el.querySelector("[role=alert]")) {
      forget();
      unsay();
    }
  };
  const act = (event) => { if (!el.contains(event.target) && event.target.matches("button, button *, input[type=radio]")) ask(); };
  const type = () => {
    if (cut || el.querySelector("[role=alert]")) keep();
  };
  panel.addEventListener("click", act, { capture: true, signal });
  panel.addEventListener("input", type, { capture: true, signal });
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    model.off("msg:custom", hear);
  });
  offer();
  return () => { if (!cut && panel.classList.contains(CUT_OFF)) cutOff(); };
}
