// The timeline: the same events as dots on a line and as a list. The list is what the keyboard walks and a screen
// reader reads; the dots are an overview for the eye and the mouse. The kernel sends days as plain numbers.

const DOT = 12; // the least width of a mark, in pixels
const ROW = 17; // from one row of marks in a lane to the next
const GUTTER = 104; // for the names of the lanes, where there is room
const NARROW = 560;
const LETTER = 7; // an average letter, for the names of the five texts
const STRONG = 8; // and one of the turning points' names
const BAND = 16; // from one row of names of turning points to the next

export default {
  render({ model, el }) {
    let dots = new Map();
    let width = 0;

    const bar = make("div", { class: "nhsr-choices" });
    const status = make("p", { class: "nhsr-soft", role: "status" });
    const help = make("p", { class: "nhsr-soft" });
    const picture = make("div", { class: "nhsr-picture", "aria-hidden": "true" });
    const { list, line: row, fill, choose, showOpen, held, set } = walkedList({
      model, steps: STEPS, inView: (id) => inView().some((event) => event.id === id), details, pointOut, row: "nhsr-event", class: "nhsr-events", "aria-label": "Events, oldest first",
      onfocusin: point, onfocusout: unpoint,
    });
    const root = make("div", { class: "nhsr nhsr-frame nhsr-timeline" }, bar, picture, status, help, list);

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

    // --- the bar -----------------------------------------------------------------------------

    const chosen = (label, key, options) => choice(label, key, model.get(key), options, (value) => set({ [key]: value }));

    function drawBar() {
      refill(bar,
        chosen("Years", "period", line().periods.map((each) => [each.id, each.label])),
        chosen("Whose act", "kind", [["", "All"], ...line().kinds.map((each) => [each.id, each.label])]));
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
      const shown = inView();
      fill(() => shown.flatMap((event, index) => [
        event.year !== shown[index - 1]?.year && make("li", { class: "nhsr-year" }, String(event.year)),
        make("li", { class: event.source ? "nhsr-of-text" : "" }, row(event.id,
          make("span", { class: "nhsr-said" }, event.said),
          make("span", {}, event.turning && make("strong", {}, `${event.turning}. `), event.event,
            make("span", { class: "nhsr-soft nhsr-kind" }, ` ${label(event.kind)}`)))),
      ]));
      const { events, left_out: later } = line();
      status.textContent = `${shown.length} of ${count(events.length, "event")}.`;
      help.textContent = [
        "A filled mark is a known day; an open one is somewhere in its bracket.",
        "Arrow keys walk the list, Enter opens an event, Escape closes it.",
        later,
      ].filter(Boolean).join(" ");
    }

    function details(id) {
      const event = line().events.find((each) => each.id === id);
      return make("div", { class: "nhsr-more" }, definitions([
        ["Bracket", event.between],
        ["Whose act", event.source ? `${label(event.kind)}: ${event.text}` : label(event.kind)],
        ...seenIn(event),
      ]), event.note && make("p", { class: "nhsr-soft" }, event.note));
    }

    function pointOut(open) {
      for (const [id, dot] of dots) dot.classList.toggle("nhsr-chosen", id === open);
    }

    /** The event whose line has the focus is pointed out among the dots. */
    function point() {
      const here = held();
      for (const [id, dot] of dots) dot.classList.toggle("nhsr-pointed", id === here);
    }

    function unpoint() {
      for (const dot of dots.values()) dot.classList.remove("nhsr-pointed");
    }

    // --- wiring ------------------------------------------------------------------------------

    function fit() {
      if (picture.clientWidth === width) return;
      width = picture.clientWidth;
      drawPicture();
    }

    function redraw() {
      drawBar();
      drawList();
      drawPicture();
    }

    redraw();
    return live({ model, el }, root, { selected: showOpen, line: redraw, period: redraw, kind: redraw }, fit);
  },
};
