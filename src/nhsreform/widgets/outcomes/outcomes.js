// Predictions, scored: sides across, verdicts down, each claim a mark. An open mark says what was said, what happened
// and the limits, under the table.

const ALONG = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1, Home: -Infinity, End: Infinity };
const DOWN = { ArrowDown: 1, ArrowUp: -1 };

export default {
  render({ model, el }) {
    const scored = model.get("scored");
    const [sides, verdicts] = [Object.entries(model.get("sides")), Object.entries(model.get("verdicts"))];
    const marks = new Map(); // claim id -> its mark, row by row
    let cursor = null; // the one mark that Tab reaches

    const help = make("p", { class: "nhsr-soft" },
      `${count(scored.length, "claim")}, each a mark. Arrow keys walk, Enter opens a mark, Escape closes it.`);
    const body = make("tbody", { onkeydown: walk }, ...verdicts.map(([verdict, label]) =>
      make("tr", {}, make("th", { scope: "row" }, label), ...sides.map(([side, name]) => cell(side, name, verdict)))));
    const opened = make("div", { class: "nhsr-opened", "aria-live": "polite" });
    const grid = make("table", {}, make("caption", {}, "What came of it, by side"),
      make("thead", {}, make("tr", {}, make("td", {}), ...sides.map(([, label]) => make("th", { scope: "col" }, label)))), body);
    const root = make("div", { class: "nhsr nhsr-frame nhsr-outcomes" }, grid, help, opened);

    function cell(side, name, verdict) {
      const here = scored.filter((claim) => claim.side === side && claim.verdict === verdict);
      return make("td", { "data-side": name }, here.length > 0 ? make("span", { class: "nhsr-number" }, String(here.length)) : make("span", { class: "nhsr-soft" }, "0"),
        make("div", { class: "nhsr-marks" }, ...here.map(mark)));
    }

    function mark(claim) {
      const button = make("button", {
        type: "button", class: "nhsr-token", tabindex: "-1", "data-id": claim.id, "data-stance": claim.stance,
        "aria-label": `${claim.stance_label}: ${claim.speaker}: ${claim.words}`, title: `${claim.speaker}: ${claim.words}`,
        onclick: () => { cursor = claim.id; open(model.get("selected") === claim.id ? null : claim.id); },
      }, claim.token);
      marks.set(claim.id, button);
      return button;
    }

    function open(id) {
      setAll(model, { selected: id });
      show();
    }

    function card(claim) {
      return make("article", { class: "nhsr-claim", "data-stance": claim.stance },
        withToken(claim, claim),
        speaking(claim.speaker, claim.role, `${claim.when} \u00b7 `, copyable(claim.id)),
        make("p", { class: "nhsr-verdict" }, make("strong", {}, `${model.get("verdicts")[claim.verdict]}. `), claim.evidence),
        make("p", {}, make("strong", {}, "Limits. "), claim.limits),
        definitions(seenIn(claim)));
    }

    function show() {
      const id = model.get("selected");
      const claim = scored.find((each) => each.id === id);
      if (claim) cursor = id;
      if (!marks.has(cursor)) cursor = marks.keys().next().value;
      moveTabStop(marks, cursor);
      for (const [name, button] of marks) button.setAttribute("aria-expanded", String(name === id));
      opened.replaceChildren(...(claim ? [card(claim)] : []));
    }

    function walk(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const id = model.get("selected");
      if (event.key === "Escape" && id) {
        event.stopPropagation();
        open(null);
        marks.get(id).focus();
        return;
      }
      if (!(event.key in ALONG) && !(event.key in DOWN)) return;
      event.preventDefault();
      cursor = event.key in ALONG ? stepped([...marks.keys()], cursor, ALONG[event.key]) : below(DOWN[event.key]);
      if (id) open(cursor);
      else show();
      marks.get(cursor).focus();
    }

    /** The first mark of the next row that has one in the same column, or the one in view. */
    function below(step) {
      const place = marks.get(cursor).closest("td");
      for (let row = place.parentElement; (row = step > 0 ? row.nextElementSibling : row.previousElementSibling);) {
        const next = row.cells[place.cellIndex].querySelector("button");
        if (next) return next.dataset.id;
      }
      return cursor;
    }

    show();
    return live({ model, el }, root, { selected: show });
  },
};
