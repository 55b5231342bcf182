// What stock ipywidgets lack, repaired for the panel around this element. Drawn before its siblings
// and before it is in the page, so it waits for the panel and then watches it.

// Each panel of a page loads this file for itself, so counting alone would give two questions one id.
const own = Math.random().toString(36).slice(2);
let lastId = 0;

function nameOf(widget) {
  const label = widget.querySelector(":scope > .widget-label");
  return label ? label.textContent.trim() : "";
}

function mendSlider(widget) {
  const name = nameOf(widget);
  const readout = widget.querySelector(".widget-readout");
  for (const handle of widget.querySelectorAll(".noUi-handle")) {
    setAttribute(handle, "aria-label", name || "Value");
    if (readout) setAttribute(handle, "aria-valuetext", readout.textContent.trim());
  }
  if (readout && readout.isContentEditable) {
    setAttribute(readout, "role", "textbox");
    setAttribute(readout, "aria-label", `${name || "Value"}, typed`);
  }
}

function mendToggles(widget) {
  setAttribute(widget, "role", "group");
  setAttribute(widget, "aria-label", nameOf(widget) || "Choices");
  for (const button of widget.querySelectorAll("button")) {
    setAttribute(button, "aria-pressed", String(button.classList.contains("mod-active")));
  }
}

// A panel may ask several questions, each above its answers.
function questionOf(widget) {
  let above = widget;
  do above = above.previousElementSibling; while (above && !above.matches(".nhsr-question"));
  const question = above && above.querySelector("p");
  if (question && !question.id) question.id = `nhsr-question-${own}-${++lastId}`;
  return question ? question.id : "";
}

function mendRadios(widget) {
  const box = widget.querySelector(".widget-radio-box");
  if (!box) return;
  const question = questionOf(widget);
  setAttribute(box, "role", "radiogroup");
  if (nameOf(widget)) setAttribute(box, "aria-label", nameOf(widget));
  else if (question) setAttribute(box, "aria-labelledby", question);
}

// A field that is called "Your answer" is read with what it answers.
function mendField(field) {
  const question = questionOf(field.closest(".jupyter-widgets"));
  if (question) setAttribute(field, "aria-describedby", question);
}

// What several fields and buttons of one name belong to: said when the focus comes to the first of them.
function mendGroup(box, name) {
  if (!name) return;
  setAttribute(box, "role", "group");
  setAttribute(box, "aria-label", name);
}

const textIn = (box, ...selectors) =>
  selectors.map((selector) => box.querySelector(selector)?.textContent.trim() ?? "").join(" ").trim();

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function mend(panel) {
  panel.querySelectorAll(".widget-slider").forEach(mendSlider);
  panel.querySelectorAll(".widget-toggle-buttons").forEach(mendToggles);
  panel.querySelectorAll("button.widget-toggle-button").forEach((button) =>
    setAttribute(button, "aria-pressed", String(button.classList.contains("mod-active"))),
  );
  panel.querySelectorAll(".widget-radio").forEach(mendRadios);
  panel.querySelectorAll(".widget-text input, .widget-textarea textarea").forEach(mendField);
  // Claims to choose: a list, each with buttons that say which claim they add.
  panel.querySelectorAll(".nhsr-cards").forEach((list) => {
    if (!list.children.length) {
      for (const name of ["role", "aria-label"]) list.removeAttribute(name);
      return;
    }
    setAttribute(list, "role", "list");
    setAttribute(list, "aria-label", "Claims found");
    for (const card of list.children) setAttribute(card, "role", "listitem");
    list.querySelectorAll("button[title^=Add]").forEach((button) => setAttribute(button, "aria-label", button.title));
  });
  // A tooltip that nobody gave arrives as the word null, and is said after the control's name.
  panel.querySelectorAll("[title=null]").forEach((each) => each.removeAttribute("title"));
  panel.querySelectorAll(".nhsr-item").forEach((item) => mendGroup(item, textIn(item, "blockquote strong", ".nhsr-from")));
  panel.querySelectorAll(".nhsr-status").forEach((line) => {
    setAttribute(line, "role", "status");
    setAttribute(line, "aria-live", "polite");
  });
}

// Milliseconds: a kernel that has not dealt with an answer by then is not waited for.
const PATIENCE = 5000;

// A stock field sends its next value only when the kernel has dealt with the last one; a stock button sends its click
// at once. So a click on a button marked `nhsr-after-fields` waits until no field has anything left to send.
function clicksAfterFields(panel, manager, signal) {
  let known = [];
  let passing = null;
  const busy = () => known.some((each) => each._pending_msgs > 0);
  const look = async () => {
    // One widget that could not be loaded keeps nobody waiting, and hides no other.
    const models = await Promise.allSettled(Object.values(manager?._models ?? {}));
    known = models.flatMap((each) => each.value ?? []);
  };
  const later = (button, until) => {
    if (busy() && performance.now() < until) {
      requestAnimationFrame(() => later(button, until));
      return;
    }
    passing = button;
    button.click();
    passing = null;
  };
  const hold = (event) => {
    const button = event.target.closest("button.jupyter-button");
    if (!button || button === passing || !button.matches(".nhsr-after-fields") || !busy()) return;
    event.stopImmediatePropagation();
    later(button, performance.now() + PATIENCE);
  };
  panel.addEventListener("click", hold, { capture: true, signal });
  return look;
}

export default {
  render({ model, el }) {
    el.classList.add("nhsr-unseen");
    let frame = 0;
    const gone = new AbortController();
    const copy = (event) => {
      const button = event.target.closest(".nhsr-id");
      if (button) copyId(button);
    };
    const start = () => {
      const panel = el.closest(".nhsr-panel");
      if (!panel) {
        frame = requestAnimationFrame(start);
        return;
      }
      keepKeys(panel, gone.signal);
      panel.addEventListener("click", copy, { signal: gone.signal });
      const lookAtKernel = watchKernel(panel, model, el, gone.signal);
      const lookAtFields = clicksAfterFields(panel, model.widget_manager, gone.signal);
      const look = () => {
        mend(panel);
        lookAtKernel();
        lookAtFields();
      };
      look();
      const watch = new MutationObserver(look);
      watch.observe(panel, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
        attributeFilter: ["class"],
      });
      gone.signal.addEventListener("abort", () => watch.disconnect());
    };
    start();
    return () => {
      cancelAnimationFrame(frame);
      gone.abort();
    };
  },
};
