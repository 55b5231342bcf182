// Shared by the pack's widgets. base.esm() puts this text in front of a widget's own module.

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
function keepKeys(root) {
  const keep = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab" || event.key === "Escape") return;
    event.stopPropagation();
  };
  root.addEventListener("keydown", keep);
  return () => root.removeEventListener("keydown", keep);
}
