// The timeline: the same events as dots on a line and as a list. The list is what the keyboard walks and a screen
// reader reads; the dots are an overview for the eye and the mouse. The kernel sends days as plain numbers.

const STEPS = {
  ArrowDown: 1, ArrowRight: 1, j: 1,
  ArrowUp: -1, ArrowLeft: -1, k: -1,
  Home: -Infinity, End: Infinity,
};
const SVG = "http://www.w3.org/2000/svg";
const DOT = 12; // the least width of a mark, in pixels
const ROW = 17; // from one row of marks in a lane to the next
const GUTTER = 104; // for the names of the lanes, where there is room
const NARROW = 560;
const LETTER = 7; // an average letter, for the names of the five texts
const STRONG = 8; // and one of the turning points' names
const BAND = 16; // from one row of names of turning points to the next

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export default {
  render({ model, el }) {
    sayWhenCutOff(model, el);
    let rows = new Map(); // event id -> its line in the list
    let dots = new Map();
    let cursor = null; // the one line of the list that Tab reaches
    let width = 0;

    const bar = make("div", { class: "nhsr-choices" });
    const status = make("p", { class: "nhsr-soft", role: "status" });
    const help = make("p", { class: "nhsr-soft" });
    const picture = make("div", { class: "nhsr-picture", "aria-hidden": "true" });
    const list = make("ul", {
      class: "nhsr-events", "aria-label": "Events, oldest first",
      onkeydown: walk, onfocusin: point, onfocusout: unpoint,
    });
    const root = make("div", { class: "nhsr nhsr-timeline" }, bar, picture, status, help, list);

    // --- state -------------------------------------------------------------------------------

    const line = () => model.get("line");
    const period = () => line().periods.find((each) => each.id === model.get("period")) || line().periods[0];
    const label = (kind) => line().kinds.find((each) => each.id === kind).label;

    function inView() {
      const { start, end } = period();
      const kind = model.get("kind");
      return line().events.filter((event) =>
        (!kind || event.kind === kind) && event.end >= start && event.start <= end);
    }

    function set(changes) {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      const open = model.get("selected");
      if (open && !inView().some((event) => event.id === open)) model.set("selected", null);
      model.save_changes();
    }

    // --- the bar -----------------------------------------------------------------------------

    function choice(text, key, options) {
      return make("label", {}, make("span", {}, text),
        make("select", { "data-key": key, onchange: (event) => set({ [key]: event.target.value }) },
          ...options.map(([id, name]) => make("option", { value: id, selected: id === model.get(key) }, name))));
    }

    function drawBar() {
      const held = bar.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      bar.replaceChildren(
        choice("Years", "period", line().periods.map((each) => [each.id, each.label])),
        choice("Whose act", "kind", [["", "All"], ...line().kinds.map((each) => [each.id, each.label])]));
      if (held) bar.querySelector(`[data-key="${held}"]`).focus();
    }

    // --- the dots ----------------------------------------------------------------------------

    function drawPicture() {
      dots = new Map();
      const narrow = width < NARROW;
      const left = narrow ? 8 : GUTTER;
      const { start, end, ticks } = period();
      const across = (day) => left + ((day - start) / (end + 1 - start)) * (width - left - 8);
      const shown = inView();
      const lanes = line().kinds.filter((kind) => shown.some((event) => event.kind === kind.id));
      const parts = [];
      const texts = [];
      const turns = turningPoints(shown, across, left);
      let top = 22 + turns.height;
      for (const lane of lanes) {
        const first = top + (narrow ? 20 : 8);
        if (narrow) parts.push(draw("text", { x: left, y: top + 14, class: "nhsr-lane" }, lane.label));
        const taken = []; // how far each row of the lane is filled
        for (const event of shown.filter((each) => each.kind === lane.id)) {
          const from = Math.max(across(event.start), left);
          const wide = Math.max(DOT, across(event.end + 1) - from);
          const x = Math.max(left, Math.min(from, width - 8 - wide));
          const name = event.source ? event.text.length * LETTER + 8 : 0;
          let row = taken.findIndex((filled) => filled + 3 <= x);
          if (row < 0) row = taken.push(0) - 1;
          taken[row] = x + wide + name;
          const y = first + row * ROW;
          const dot = draw("rect", {
            x, y, width: wide, height: DOT, rx: event.source ? 1 : DOT / 2,
            class: `nhsr-dot${event.source ? " nhsr-text" : ""}${event.between ? " nhsr-between" : ""}`,
          }, draw("title", {}, `${event.said}: ${event.event}`));
          dot.addEventListener("click", () => choose(event.id));
          dots.set(event.id, dot);
          parts.push(dot);
          if (event.source) {
            texts.push(x + wide / 2);
            const fits = x + wide + name < width;
            parts.push(draw("text", {
              x: fits ? x + wide + 5 : x - 5, y: y + 10, class: "nhsr-name", "text-anchor": fits ? "start" : "end",
            }, event.text));
          }
        }
        const bottom = first + Math.max(taken.length, 1) * ROW + 3;
        if (!narrow) parts.push(draw("text", { x: 0, y: first + 10, class: "nhsr-lane" }, lane.label));
        parts.push(draw("line", { x1: 0, x2: width, y1: bottom, y2: bottom, class: "nhsr-rule" }));
        top = bottom;
      }
      const apart = width / (narrow ? 34 : 44); // as many ticks get a name as fit
      const every = Math.ceil(ticks.length / apart);
      const scale = ticks.flatMap((tick, index) => [
        draw("line", { x1: across(tick.day), x2: across(tick.day), y1: turns.height + 18, y2: top, class: "nhsr-tick" }),
        ...(index % every ? [] : [draw("text", { x: across(tick.day) + 3, y: turns.height + 14, class: "nhsr-when" }, tick.label)]),
      ]);
      const reach = texts.map((x) => draw("line", { x1: x, x2: x, y1: turns.height + 20, y2: top, class: "nhsr-reach" }));
      picture.replaceChildren(draw("svg", { width, height: top + 4, viewBox: `0 0 ${width} ${top + 4}` },
        ...turns.draw(top), ...scale, ...reach, ...parts));
      showOpen();
    }

    /** The names of the turning points above the line, in as many rows as keep them apart, and a line down from each. */
    function turningPoints(shown, across, left) {
      const taken = []; // how far each row is filled
      const names = shown.filter((event) => event.turning).map((event) => {
        const at = Math.max(left, Math.min(across(event.start), width - 8));
        const wide = event.turning.length * STRONG;
        const x = Math.max(4, Math.min(at - wide / 2, width - wide - 2));
        let row = taken.findIndex((filled) => filled + 10 <= x);
        if (row < 0) row = taken.push(0) - 1;
        taken[row] = x + wide;
        return { event, at, x: x + wide / 2, y: row * BAND + 12 };
      });
      const drawn = (bottom) => names.flatMap(({ event, at, x, y }) => {
        const name = draw("text", { x, y, class: "nhsr-turning", "text-anchor": "middle" }, event.turning);
        name.addEventListener("click", () => choose(event.id));
        return [draw("line", { x1: at, x2: at, y1: y + 4, y2: bottom, class: "nhsr-turn" }), name];
      });
      return { height: taken.length * BAND, draw: drawn };
    }

    // --- the list ----------------------------------------------------------------------------

    function drawList() {
      rows = new Map();
      const shown = inView();
      let year = null;
      const items = [];
      for (const event of shown) {
        if (event.year !== year) items.push(make("li", { class: "nhsr-year" }, String((year = event.year))));
        const button = make("button", {
          type: "button", class: "nhsr-event", tabindex: "-1", "aria-expanded": "false",
          onclick: () => { cursor = event.id; set({ selected: model.get("selected") === event.id ? null : event.id }); },
        }, make("span", { class: "nhsr-said" }, event.said),
        make("span", {}, event.turning && make("strong", {}, `${event.turning}. `), event.event, make("span", { class: "nhsr-soft nhsr-kind" }, ` ${label(event.kind)}`)));
        rows.set(event.id, button);
        items.push(make("li", { class: event.source ? "nhsr-of-text" : "" }, button));
      }
      list.replaceChildren(...items);
      const { events, left_out: later } = line();
      status.textContent = `${shown.length} of ${count(events.length, "event")}.`;
      help.textContent = [
        "A filled mark is a known day; an open one is somewhere in its bracket.",
        "Arrow keys walk the list, Enter opens an event, Escape closes it.",
        later,
      ].filter(Boolean).join(" ");
      if (!rows.has(cursor)) cursor = shown.length ? shown[0].id : null;
    }

    function details(event) {
      return make("div", { class: "nhsr-more" }, definitions([
        ["Bracket", event.between],
        ["Whose act", event.source ? `${label(event.kind)}: ${event.text}` : label(event.kind)],
        ["Seen in", event.citation],
        ["Address", event.url && make("a", { href: event.url, target: "_blank", rel: "noopener noreferrer" }, event.url)],
        ["How sure", event.mark],
        ["Kind of source", event.sourceKind],
      ]), event.note && make("p", { class: "nhsr-soft" }, event.note));
    }

    function moveTabStop() {
      for (const [id, row] of rows) row.tabIndex = id === cursor ? 0 : -1;
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
      if (!(event.key in STEPS) || !event.target.closest(".nhsr-event")) return;
      event.preventDefault();
      const ids = [...rows.keys()];
      cursor = ids[Math.min(Math.max(ids.indexOf(cursor) + STEPS[event.key], 0), ids.length - 1)];
      moveTabStop();
      rows.get(cursor).focus();
      // Once an event is open, the open one walks along.
      if (open) set({ selected: cursor });
    }

    /** The event whose line has the focus is pointed out among the dots. */
    function point() {
      for (const [id, dot] of dots) dot.classList.toggle("nhsr-pointed", rows.get(id) === document.activeElement);
    }

    function unpoint() {
      for (const dot of dots.values()) dot.classList.remove("nhsr-pointed");
    }

    // --- opening -----------------------------------------------------------------------------

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
        if (dots.has(id)) dots.get(id).classList.toggle("nhsr-chosen", id === open);
        if (shown && id !== open) shown.remove();
        if (!shown && id === open) row.after(details(line().events.find((event) => event.id === id)));
      }
      if (rows.has(open)) {
        cursor = open;
        bringIn(rows.get(open).parentElement);
      }
      moveTabStop();
    }

    /** Scroll the list, and nothing around it, until a line of it is in view, below the year that sticks to the top. */
    function bringIn(item) {
      const top = item.offsetTop - list.querySelector(".nhsr-year").offsetHeight;
      const bottom = item.offsetTop + item.offsetHeight;
      list.scrollTop = Math.min(Math.max(list.scrollTop, bottom - list.clientHeight), top);
    }

    // --- wiring ------------------------------------------------------------------------------

    function redraw() {
      drawBar();
      drawList();
      drawPicture();
    }

    const release = keepKeys(root);
    const listeners = { "change:selected": showOpen };
    for (const name of ["line", "period", "kind"]) listeners[`change:${name}`] = redraw;
    for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
    const resized = new ResizeObserver(() => {
      if (picture.clientWidth === width) return;
      width = picture.clientWidth;
      drawPicture();
    });
    resized.observe(picture);
    redraw();
    el.append(root);

    return () => {
      release();
      resized.disconnect();
      for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    };
  },
};
