// Who commissions: boxes that keep their places, and arrows that come and go between four dates. The drawing is for the
// eye and the mouse; the list under it says every box and arrow in words, and is what the keyboard walks.

const UP_AND_DOWN = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity };
// Column and row of each place. On a narrow screen two columns hold the same boxes, and no arrow runs behind one.
const PLACES = {
  minister: [1, 0], region: [0, 1], national: [1, 1], regulator: [2, 1],
  councils: [0, 2], buyer: [1, 2], practices: [0, 3], hospitals: [2, 3],
};
const NARROW_PLACES = {
  minister: [0, 0], councils: [1, 0], national: [0, 1], region: [1, 1],
  buyer: [1, 2], practices: [0, 3], hospitals: [1, 3], regulator: [1, 4],
};
const NAMES = { money: "money", buys: "buys", answers: "answers to", part: "has a part in" };
// What stands on the arrow itself, where it must be short.
const SHORT = { money: "money", buys: "buys", answers: "answers", part: "part" };
const CHANGES = { new: "New here", changed: "Changed", gone: "No longer" };
const NARROW = 560;
const HEAD = 9; // the point of an arrow, in pixels
const LANE = 26; // between two arrows that join the same boxes

export default {
  render({ model, el }) {
    let width = 0;
    const boxes = new Map(); // place -> its box, kept from stage to stage so that it changes in place
    const arrows = new Map(); // key -> its arrow

    const bar = make("div", { class: "nhsr-choices", role: "group", "aria-label": "When" });
    const names = draw("g", {}); // above every line
    const lines = draw("svg", {}, names);
    const picture = make("div", { class: "nhsr-picture", "aria-hidden": "true" }, lines);
    const key = make("p", { class: "nhsr-key nhsr-soft", "aria-hidden": "true" });
    const status = make("p", { class: "nhsr-soft", role: "status" });
    const { list, line, fill, choose, showOpen, set } = walkedList({
      model, steps: UP_AND_DOWN, inView: (id) => partOf(id), details, pointOut, row: "nhsr-part", class: "nhsr-parts", "aria-label": "Boxes and arrows, in words",
    });
    const root = make("div", { class: "nhsr nhsr-frame nhsr-structure" }, bar, picture, key, status, list);

    const stages = () => model.get("stages");
    const stage = () => stages().find((each) => each.id === model.get("stage"));

    // --- the bar -----------------------------------------------------------------------------

    function drawBar() {
      if (bar.children.length !== stages().length) {
        bar.replaceChildren(...stages().map(({ id, label }) =>
          make("button", { type: "button", "data-stage": id, onclick: () => set({ stage: id }) }, label)));
      }
      for (const button of bar.children) {
        button.setAttribute("aria-pressed", String(button.dataset.stage === model.get("stage")));
      }
    }

    function drawKey() {
      key.replaceChildren(...Object.entries(NAMES).map(([shows, name]) => {
        const sample = draw("svg", { width: 34, height: 12 },
          draw("path", { d: "M1 6H25", class: `nhsr-line nhsr-of-${shows}` }),
          draw("path", { d: "M33 6L24 1.5V10.5Z", class: "nhsr-point" }));
        return make("span", {}, sample, ` ${name}`);
      }));
    }

    // --- the picture -------------------------------------------------------------------------

    function sizes() {
      const narrow = width < NARROW;
      const wide = narrow ? Math.min(140, (width - 12) / 2) : Math.min(190, (width - 120) / 3);
      const high = narrow ? 84 : 78;
      const gap = narrow ? 58 : 54;
      const columns = narrow ? 1 : 2;
      const at = (place) => {
        const [column, row] = (narrow ? NARROW_PLACES : PLACES)[place];
        return { x: wide / 2 + column * (width - wide) / columns, y: high / 2 + 2 + row * (high + gap) };
      };
      const lines = narrow ? 5 : 4;
      return { narrow, wide, high, at, height: lines * high + (lines - 1) * gap + 4 };
    }

    /** How far along a line from a point, in steps of its direction, it leaves a box that it starts in. */
    function leaves(point, [dx, dy], middle, wide, high) {
      const along = (from, step, centre, size) =>
        step ? (centre + Math.sign(step) * size / 2 - from) / step : Infinity;
      return Math.min(along(point.x, dx, middle.x, wide), along(point.y, dy, middle.y, high));
    }

    /** Arrows that join the same two boxes run side by side; each keeps its side in every stage. */
    function lane(part) {
      const pair = (each) => [each.place, each.to].sort().join();
      const all = stages().flatMap((each) => each.parts).filter((each) => each.shows !== "box");
      const keys = [...new Set(all.filter((each) => pair(each) === pair(part)).map((each) => each.key))];
      const number = keys.indexOf(part.key);
      return { offset: (number - (keys.length - 1) / 2) * LANE, first: number < keys.length / 2 };
    }

    function shape(part) {
      const { wide, high, at } = sizes();
      const [from, to] = [at(part.place), at(part.to)];
      const { offset, first } = lane(part);
      const long = Math.hypot(to.x - from.x, to.y - from.y);
      const [ux, uy] = [(to.x - from.x) / long, (to.y - from.y) / long];
      // The side is that of the pair, whichever way the arrow points.
      const turned = part.place > part.to ? -offset : offset;
      const [ax, ay] = [-uy * turned, ux * turned];
      const [start, end] = [{ x: from.x + ax, y: from.y + ay }, { x: to.x + ax, y: to.y + ay }];
      const out = leaves(start, [ux, uy], from, wide, high);
      const into = leaves(end, [-ux, -uy], to, wide, high) + 2;
      const along = (point, far) => ({ x: point.x + ux * far, y: point.y + uy * far });
      const [tail, tip, neck] = [along(start, out), along(end, -into), along(end, -into - HEAD)];
      const wing = (side) => `${neck.x - uy * side * 5} ${neck.y + ux * side * 5}`;
      const steep = Math.abs(ux) < 0.1;
      // A name stands beside an upright arrow and on a slanting one, where no box and no neighbour's name is.
      const reach = Math.hypot(tip.x - tail.x, tip.y - tail.y);
      const share = steep ? 0.5 : Math.abs(to.y - from.y) > 2 * high ? (first ? 0.5 : 0.36) : first ? 0.4 : 0.6;
      const label = along(tail, reach * share);
      const right = (ax || 1) > 0 && label.x < width - 80;
      return {
        line: `M${tail.x} ${tail.y}L${neck.x} ${neck.y}`,
        point: `M${tip.x} ${tip.y}L${wing(1)} ${wing(-1)}Z`,
        label: { x: label.x + (steep ? (right ? 7 : -7) : 0), y: label.y + (Math.abs(uy) < 0.1 ? -6 : 4) },
        anchor: steep ? (right ? "start" : "end") : "middle",
      };
    }

    function arrow(part) {
      const { line, point, label, anchor } = shape(part);
      const group = arrows.get(part.key) || draw("g", { class: "nhsr-arrow" },
        draw("path", { class: "nhsr-reach" }), draw("path", { class: `nhsr-line nhsr-of-${part.shows}` }),
        draw("path", { class: "nhsr-point" }));
      const [reach, stroke, head] = group.children;
      const said = draw("text", { class: "nhsr-said" });
      reach.setAttribute("d", line);
      stroke.setAttribute("d", line);
      head.setAttribute("d", point);
      for (const [name, value] of [["x", label.x], ["y", label.y], ["text-anchor", anchor]]) said.setAttribute(name, value);
      // Names do not fit between the boxes of a narrow screen; the key tells the lines apart.
      const name = sizes().narrow ? "" : SHORT[part.shows];
      said.textContent = { gone: "×", new: `+ ${name}` }[part.change] || name;
      said.dataset.change = part.change;
      names.append(said);
      group.dataset.change = part.change;
      group.dataset.key = part.key;
      group.onclick = part.change === "gone" ? null : () => choose(part.id);
      if (!arrows.has(part.key)) {
        arrows.set(part.key, group);
        names.before(group);
      }
    }

    function box(part) {
      const { wide, high, at } = sizes();
      const { x, y } = at(part.place);
      if (!boxes.has(part.place)) {
        boxes.set(part.place, make("div", { class: "nhsr-box", "data-place": part.place }));
        picture.append(boxes.get(part.place));
      }
      const shown = boxes.get(part.place);
      shown.replaceChildren(make("span", {}, part.name.replace(/ommissioning/, "ommis\u00adsioning")),
        CHANGES[part.change] && make("small", {}, CHANGES[part.change]) || "");
      shown.dataset.change = part.change;
      Object.assign(shown.style, {
        left: `${x - wide / 2}px`, top: `${y - high / 2}px`, width: `${wide}px`, height: `${high}px`,
      });
      shown.onclick = part.change === "gone" ? null : () => choose(part.id);
    }

    function drawPicture() {
      if (!width) return;
      const { height } = sizes();
      lines.setAttribute("width", width);
      lines.setAttribute("height", height);
      picture.style.height = `${height}px`;
      names.replaceChildren();
      const all = [...stage().gone, ...stage().parts];
      for (const part of all) part.shows === "box" ? box(part) : arrow(part);
      const keys = new Set(all.map((part) => part.key));
      for (const shown of [boxes, arrows]) {
        for (const [name, element] of shown) {
          if (keys.has(name)) continue;
          element.remove();
          shown.delete(name);
        }
      }
      showOpen();
    }

    // --- the list ----------------------------------------------------------------------------

    function drawList() {
      const { parts, gone } = stage();
      fill(() => [...parts.map((part) => make("li", { "data-change": part.change }, line(part.id,
        make("span", { class: "nhsr-title" }, part.title, " ",
          part.change && make("em", {}, part.before ? `In place of ${part.before}` : CHANGES[part.change])),
        make("span", {}, part.words)))),
      gone.length > 0 && make("li", { class: "nhsr-gone nhsr-soft" }, `No longer: ${gone.map((part) => part.title).join("; ")}.`)]);
      const changed = parts.filter((part) => part.change === "new" && part.shows !== "box").length;
      const ended = gone.filter((part) => part.shows !== "box").length;
      const buyer = parts.find((part) => part.place === "buyer" && part.shows === "box");
      status.textContent = `${stage().label}: ${buyer.name} at the centre. ` + (stage() === stages()[0]
        ? "Choose a later date to see what changes. "
        : `${count(changed, "new arrow")} (marked +), ${ended} gone (marked ×). `)
        + "Arrow keys walk the list, Enter says where a part was seen, Escape closes it.";
    }

    const partOf = (id) => stage().parts.find((part) => part.id === id);

    function details(id) {
      const part = partOf(id);
      return make("div", { class: "nhsr-more" }, definitions(seenIn(part)), part.note && make("p", { class: "nhsr-soft" }, part.note));
    }

    function pointOut(open) {
      for (const [name, element] of [...boxes, ...arrows]) element.classList.toggle("nhsr-chosen", partOf(open)?.key === name);
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
      showOpen();
    }

    drawKey();
    redraw();
    return live({ model, el }, root, { selected: showOpen, stage: redraw, stages: redraw }, fit);
  },
};
