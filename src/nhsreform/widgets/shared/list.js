// A picture beside a list that says the same in words: structure and timeline. The lines of the list open one at a time,
// and are what the keyboard walks.

function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Make such a list. `row` is the class of a line, `steps` are the keys that walk it, `inView` says of an id whether it has one,
 *  `details` makes what an open line shows, and `pointOut` is called with the open id whenever the lines show what is open. */
function walkedList({ model, row: rowClass, steps, inView, details, pointOut, ...attributes }) {
  const set = (changes) => setAll(model, changes, inView);
  let rows = new Map(); // id -> its line
  let cursor = null; // the one line that Tab reaches
  const list = make("ul", { ...attributes, onkeydown: walk });

  function line(id, ...words) {
    const button = make("button", {
      type: "button", class: rowClass, tabindex: "-1", "aria-expanded": "false",
      onclick: () => { cursor = id; set({ selected: model.get("selected") === id ? null : id }); },
    }, ...words);
    rows.set(id, button);
    return button;
  }

  /** Fill the list anew with what `items` makes. */
  function fill(items) {
    rows = new Map();
    list.replaceChildren(...items().filter(Boolean));
    if (!rows.has(cursor)) cursor = [...rows.keys()][0] ?? null;
  }

  function walk(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const open = model.get("selected");
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      set({ selected: null });
      rows.get(open).focus();
      return;
    }
    if (!(event.key in steps) || !event.target.closest(`.${rowClass}`)) return;
    event.preventDefault();
    cursor = stepped([...rows.keys()], cursor, steps[event.key]);
    moveTabStop(rows, cursor);
    rows.get(cursor).focus();
    // Once a line is open, the open one walks along.
    if (open) set({ selected: cursor });
  }

  function choose(id) {
    cursor = id;
    set({ selected: id });
    showOpen();
    list.scrollIntoView({ block: "nearest" });
    rows.get(id).focus({ preventScroll: true });
  }

  function showOpen() {
    const open = model.get("selected");
    for (const [id, row] of rows) {
      const shown = row.nextElementSibling;
      row.setAttribute("aria-expanded", String(id === open));
      if (shown && id !== open) shown.remove();
      if (!shown && id === open) row.after(details(id));
    }
    if (rows.has(open)) {
      cursor = open;
      bringIn(rows.get(open).parentElement);
    }
    moveTabStop(rows, cursor);
    pointOut(open);
  }

  /** Scroll the list, and nothing around it, until a line of it is in view, below a year that sticks to the top. */
  function bringIn(item) {
    const top = item.offsetTop - (list.querySelector(".nhsr-year")?.offsetHeight ?? 0);
    const bottom = item.offsetTop + item.offsetHeight;
    list.scrollTop = Math.min(Math.max(list.scrollTop, bottom - list.clientHeight), top);
  }

  return { list, line, fill, choose, showOpen, set, held: () => [...rows].find(([, row]) => row === document.activeElement)?.[0] };
}
