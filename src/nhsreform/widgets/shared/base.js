// Shared by the pack's widgets. widget.esm() puts this text in front of a widget's own module.

/** Make an element. Text goes in as text nodes only, so nothing a person wrote is ever read as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Keep keys away from JupyterLab, where a single letter inserts or deletes a cell.
 *  Shortcuts with Ctrl, Meta or Alt still work, and Tab and Escape still lead out. */
function keepKeys(root, signal) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab" || event.key === "Escape") return;
    event.stopPropagation();
  }, { signal });
}

// The keys that walk a row of things, and how far.
const STEPS = {
  ArrowDown: 1, ArrowRight: 1, j: 1,
  ArrowUp: -1, ArrowLeft: -1, k: -1,
  Home: -Infinity, End: Infinity,
};

/** The id so many steps from another, or the first or the last. */
const stepped = (ids, id, step) => ids[Math.min(Math.max(ids.indexOf(id) + step, 0), ids.length - 1)];

/** The one of some things, by their ids, that Tab reaches. */
const moveTabStop = (things, to) => { for (const [id, thing] of things) thing.tabIndex = id === to ? 0 : -1; };

/** Set some of a widget's state at once; what is open is closed when it leaves the view. */
function setAll(model, changes, inView = () => true) {
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  const open = model.get("selected");
  if (open && !("selected" in changes) && !inView(open)) model.set("selected", null);
  model.save_changes();
}

/** Replace the children of a bar; the control that had the focus keeps it. */
function refill(bar, ...children) {
  const held = bar.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  bar.replaceChildren(...children);
  if (held) (bar.querySelector(`[data-key="${held}"]:enabled`) || bar.querySelector("select, button")).focus();
}

/** Put a widget into its place: keys stay inside it, and each listener is called when what it names has changed; `resized`
 *  when `root` is another size. Returns what ends that. */
function live({ model, el }, root, listeners, resized = () => {}) {
  sayWhenCutOff(model, el);
  keepKeys(root);
  for (const [name, listener] of Object.entries(listeners)) model.on(`change:${name}`, listener);
  const observer = new ResizeObserver(resized);
  observer.observe(root);
  el.append(root);
  return () => {
    observer.disconnect();
    for (const [name, listener] of Object.entries(listeners)) model.off(`change:${name}`, listener);
  };
}

/** Say in words when the kernel was restarted: the view goes on showing, but Python no longer follows it. */
function sayWhenCutOff(model, el) {
  model.on("comm_live_update", () => {
    if (el.querySelector(":scope > .nhsr-cut-off")) return;
    el.prepend(make("p", { class: "nhsr-cut-off", role: "alert" },
      "The kernel was restarted. What is shown still works, but Python no longer follows it: run the cell again (Shift + Enter)."));
  });
}

/** A choice with its label; an option is its value, its words, and whether it cannot be chosen. */
function choice(label, key, value, options, change) {
  return make("label", {}, make("span", {}, label),
    make("select", { "data-key": key, onchange: (event) => change(event.target.value) },
      ...options.map(([id, text, disabled]) => make("option", { value: id, selected: id === value, disabled }, text))));
}

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
const uncapital = (words) => words.charAt(0).toLowerCase() + words.slice(1);

/** A list of terms and what they are; rows without a term or a value are left out. */
function definitions(rows) {
  return make("dl", {}, ...rows.filter(([term, value]) => term && value).map(([term, value]) =>
    make("div", {}, make("dt", {}, term), make("dd", {}, value))));
}

/** Where something outside the texts was seen, as such rows. */
const seenIn = ({ citation, url, mark, source_kind: kind }) => [
  ["Seen in", citation],
  ["Address", url && make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url)],
  ["How sure", mark],
  ["Kind of source", kind],
];

/** A claim's words. One that begins or ends in the middle of a sentence is shown in it: the claim strong, the rest quiet. */
function quoted({ before, words, after }) {
  const quiet = (part) => part && make("span", { class: "nhsr-quiet" }, part);
  const parts = before || after ? [quiet(before), make("mark", {}, words), quiet(after)] : [words];
  return make("blockquote", { lang: "en-GB" }, ...parts.filter(Boolean));
}

/** A claim's words beside the token of its stance. */
function withToken({ token, stance_label: label }, claim) {
  return make("div", { class: "nhsr-said" }, make("span", { class: "nhsr-token", role: "img", "aria-label": label }, token), quoted(claim));
}

/** Who speaks, and how or when. */
function speaking(name, role, ...how) {
  return make("p", {}, make("strong", {}, name), role && make("span", { class: "nhsr-soft" }, `, ${role}`),
    make("span", { class: "nhsr-soft nhsr-how" }, ...how));
}

/** Under a claim's words: who speaks, and a button that unfolds the rest. */
function foot(id, claim, open, toggle, ...how) {
  const word = open ? "Less" : "More";
  return make("div", { class: "nhsr-foot" },
    speaking(claim.speaker.label, claim.role, `${uncapital(claim.voice)} \u00b7 `, copyable(id, false), ...how),
    make("button", { type: "button", class: "nhsr-open", "aria-expanded": String(open), "aria-label": `${word} on ${id}`, onclick: toggle }, word));
}

/** Copy the id on a button, or select it where the page may not copy; a line beside it says which, and is heard. */
async function copyId(button) {
  getSelection().selectAllChildren(button);
  const root = button.closest(".nhsr");
  const line = root.querySelector(".nhsr-copied") || make("span", { class: "nhsr-copied", role: "status" });
  line.textContent = "";
  button.after(line);
  let said = "copied";
  try {
    await navigator.clipboard.writeText(button.textContent);
  } catch {
    said = "selected: Ctrl + C copies it";
  }
  // Only a change in a line that is there already is heard.
  setTimeout(() => { line.textContent = said; }, 50);
}

/** A claim's id, small, which a click or Enter copies. Where it stands at every claim, only a click: `inTabs` is false there. */
function copyable(id, inTabs = true) {
  return make("span", {}, make("button", {
    type: "button", class: "nhsr-id", title: "Copy this id", tabindex: inTabs ? null : "-1",
    onclick: (event) => copyId(event.currentTarget),
  }, id));
}

/** What a careful reader should know about a claim: nobody's words, other readings, a note. */
function claimRemarks(claim) {
  const parts = [];
  if (!claim.counted) parts.push(make("p", {},
    "Nobody put these words forward as their own, so they are left out of counts."));
  if (claim.readings && claim.readings.length) parts.push(make("div", {},
    make("p", { class: "nhsr-soft" }, "A careful colleague could code it otherwise:"),
    make("ul", { class: "nhsr-readings" }, ...claim.readings.map((reading) => make("li", {}, reading)))));
  if (claim.note) parts.push(make("p", { class: "nhsr-soft" }, claim.note));
  return parts;
}
