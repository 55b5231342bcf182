// The overview: the whole debate on one page. Questions down, texts or speakers across; each claim is a mark on its side
// of the cell. The kernel sends every coded claim once (`debate`); which cell is open is all that changes here.

const TURNS = {
  ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0],
  Home: [0, -Infinity], End: [0, Infinity],
};
const SIDES = ["sceptic", "mixed", "enthusiast", "none"];
const ALL = "all"; // the last column: every text, or every speaker, together
const GROUPS = {
  principle: "The principle",
  practice: "The practice: will it work, done like this?",
};

/** The answers in one cell by side, ours first, strongest first, then in reading order (the order they come in). */
function bySide(answers) {
  const sides = Object.fromEntries(SIDES.map((side) => [side, []]));
  for (const answer of answers) sides[answer.position].push(answer);
  for (const side of SIDES) sides[side].sort((one, other) => other.strength - one.strength);
  return sides;
}

/** A cell in words: how many say no, yes, both, and how many take no side. */
function inWords(sides) {
  const said = [
    [sides.sceptic.length, "no"], [sides.enthusiast.length, "yes"], [sides.mixed.length, "both at once"],
  ].filter(([number]) => number).map(([number, word]) => `${number} ${word}`);
  if (sides.none.length) said.push(`${sides.none.length} on no side`);
  return said.join(", ") || "no claims";
}

export default {
  render({ model, el }) {
    const debate = model.get("debate");
    let cells = new Map(); // "theme column" -> its button
    let cursor = null; // the one cell that Tab reaches

    const bar = make("div", { class: "nhsr-choices" });
    const key = make("div", { class: "nhsr-key nhsr-soft" });
    const table = make("div", { class: "nhsr-debate", role: "table", "aria-label": "The debate on one page", onkeydown: walk });
    const help = make("p", { class: "nhsr-soft" });
    const panel = make("section", { class: "nhsr-cell-open", "aria-live": "off" });
    const heard = make("div", { class: "nhsr-heard", role: "status" });
    const root = make("div", { class: "nhsr nhsr-frame nhsr-overview", onkeydown: leave }, bar, key, table, help, panel, heard);

    // --- state -------------------------------------------------------------------------------

    const across = () => model.get("across");
    const columns = () => [...debate.columns[across()], { id: ALL, label: across() === "sources" ? "All texts" : "All speakers", about: "" }];

    const set = (changes) => setAll(model, changes);

    /** The answers of one coder that stand in a cell. */
    function answersIn(coder, theme, column) {
      const field = across() === "sources" ? "source" : "column";
      return debate.answers.filter((answer) => answer.coder === coder && answer.theme === theme
        && (column === ALL || debate.claims[answer.claim][field] === column));
    }

    const laidOver = () => model.get("over");
    const openCell = () => { const [theme, column] = model.get("cell"); return theme ? { theme, column } : null; };

    // --- the bar and the key -----------------------------------------------------------------

    const chosen = (label, name, options) =>
      choice(label, name, model.get(name), options, (value) => set({ [name]: value, cell: ["", ""], selected: null }));

    function drawBar() {
      const others = debate.coders.filter((coder) => coder.id !== "reference");
      refill(bar,
        chosen("Across", "across", [["sources", "The texts, in order of date"], ["speakers", "Speakers"]]),
        others.length > 0 && chosen("Laid over ours", "over", [["", "Nothing"], ...others.map((coder) => [coder.id, coder.label])]) || "");
    }

    function drawKey() {
      const over = debate.coders.find((coder) => coder.id === laidOver());
      const line = (coder, side, strength, words) =>
        make("span", {}, dot({ coder, position: side, strength }), ` ${words}`);
      key.replaceChildren(
        line("reference", "sceptic", 2, "no, flatly"), line("reference", "sceptic", 1, "no, in part or with a hedge"),
        line("reference", "mixed", 0, "both at once"),
        line("reference", "enthusiast", 1, "yes, in part or with a hedge"), line("reference", "enthusiast", 2, "yes, flatly"),
        over ? line(over.id, "mixed", 1, over.label) : "");
    }

    function dot({ coder, position, strength, claim }) {
      const stance = position === "mixed" ? "mixed" : `${position}-${strength}`;
      const mark = make("span", {
        class: `nhsr-dot${coder === "reference" ? "" : " nhsr-other"}`, "data-stance": stance, "data-strength": String(strength),
      });
      if (claim) {
        mark.dataset.claim = claim;
        mark.title = `${debate.claims[claim].speaker.label}: ${debate.claims[claim].words}`;
      }
      return mark;
    }

    // --- the table ---------------------------------------------------------------------------

    function drawTable() {
      cells = new Map();
      const shown = columns();
      const head = make("div", { class: "nhsr-row nhsr-head-row", role: "row" },
        make("div", { class: "nhsr-question", role: "columnheader" }, make("span", { class: "nhsr-heard" }, "Question at issue")),
        ...shown.map((column) => make("div", { class: "nhsr-column-head", role: "columnheader" },
          make("strong", {}, column.label), make("span", { class: "nhsr-soft" }, column.about),
          make("span", { class: "nhsr-poles", "aria-hidden": "true" }, make("span", {}, "no"), make("span", {}, "yes")))));
      const rows = [];
      let group = "";
      for (const question of debate.questions) {
        if (question.group !== group) {
          group = question.group;
          rows.push(make("div", { class: "nhsr-row nhsr-group", role: "row" },
            make("div", { role: "rowheader", class: "nhsr-group-name" }, make("span", {}, GROUPS[group]), make("span", { class: "nhsr-soft" }, groupInWords(group)))));
        }
        rows.push(make("div", { class: `nhsr-row nhsr-${group}`, role: "row", "data-theme": question.id },
          make("div", { class: "nhsr-question", role: "rowheader" }, question.question),
          ...shown.map((column) => make("div", { class: "nhsr-cell", role: "cell" },
            make("span", { class: "nhsr-cell-name", "aria-hidden": "true" }, column.label), cell(question, column)))));
      }
      table.style.setProperty("--nhsr-columns", String(shown.length));
      table.replaceChildren(head, ...rows);
      help.textContent = [
        "Arrow keys walk from cell to cell, Enter opens the claims in it, Escape leads back.",
        "A small number counts claims that touch the question and take no side.", ...debate.left_out,
      ].join(" ");
      if (!cells.has(cursor)) cursor = cells.keys().next().value;
      showOpen();
    }

    /** All answers to the questions of a group together, ours. */
    function groupInWords(group) {
      const themes = debate.questions.filter((question) => question.group === group).map((question) => question.id);
      return inWords(bySide(themes.flatMap((theme) => answersIn("reference", theme, ALL))));
    }

    function cell(question, column) {
      const ours = bySide(answersIn("reference", question.id, column.id));
      const theirs = laidOver() ? bySide(answersIn(laidOver(), question.id, column.id)) : bySide([]);
      const name = `${question.id} ${column.id}`;
      const over = debate.coders.find((coder) => coder.id === laidOver());
      const label = `${question.question} ${column.label}: ${inWords(ours)}.` + (over ? ` ${over.label}: ${inWords(theirs)}.` : "");
      const half = (side) => make("span", { class: `nhsr-half nhsr-${side}` }, ...[...ours[side], ...theirs[side]].map(dot));
      const inside = column.id === ALL ? bars(ours) : [half("sceptic"), half("mixed"), half("enthusiast")];
      const silent = ours.none.length + theirs.none.length;
      const button = make("button", {
        type: "button", class: `nhsr-cell-button${column.id === ALL ? " nhsr-all" : ""}`, tabindex: "-1", "aria-label": label, "aria-expanded": "false",
        onclick: (event) => open(question.id, column.id, event.target.dataset?.claim),
      }, ...inside, silent ? make("span", { class: "nhsr-silent" }, String(ours.none.length || silent)) : "");
      cells.set(name, button);
      return button;
    }

    /** The last column: how many, as two bars from the middle. */
    function bars(sides) {
      const most = Math.max(...debate.questions.flatMap((question) => {
        const all = bySide(answersIn("reference", question.id, ALL));
        return [all.sceptic.length, all.enthusiast.length];
      }), 1);
      const bar = (side, strength) => {
        const number = sides[side].length;
        const length = make("span", { class: "nhsr-bar", "data-stance": `${side}-${strength}` });
        length.style.width = `${(100 * number) / most}%`;
        return make("span", { class: `nhsr-half nhsr-${side}` }, ...(side === "sceptic"
          ? [make("b", {}, String(number)), make("span", { class: "nhsr-track" }, length)]
          : [make("span", { class: "nhsr-track" }, length), make("b", {}, String(number))]));
      };
      return [bar("sceptic", 2), make("span", { class: "nhsr-half nhsr-mixed" }, sides.mixed.length ? `\u00b1${sides.mixed.length}` : ""), bar("enthusiast", 2)];
    }

    function walk(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in TURNS)) return;
      event.preventDefault();
      const themes = debate.questions.map((question) => question.id);
      const names = columns().map((column) => column.id);
      const [theme, column] = cursor.split(" ");
      const [down, right] = TURNS[event.key];
      cursor = `${stepped(themes, theme, down)} ${stepped(names, column, right)}`;
      moveTabStop(cells, cursor);
      cells.get(cursor).focus();
    }

    // --- one cell, opened --------------------------------------------------------------------

    function open(theme, column, claim = null) {
      cursor = `${theme} ${column}`;
      const now = openCell();
      const same = now && now.theme === theme && now.column === column && !claim;
      set({ cell: same ? ["", ""] : [theme, column], selected: same ? null : claim || null });
      showOpen();
      if (!same) {
        panel.scrollIntoView({ block: "nearest" });
        (claim ? panel.querySelector(`[data-id="${claim}"] .nhsr-open`) : panel.querySelector("h3"))?.focus({ preventScroll: Boolean(claim) });
      }
    }

    function showOpen() {
      const now = openCell();
      for (const [name, button] of cells) {
        button.setAttribute("aria-expanded", String(Boolean(now) && name === `${now.theme} ${now.column}`));
      }
      moveTabStop(cells, cursor);
      panel.hidden = !now;
      if (!now) { panel.replaceChildren(); return; }
      // What was unfolded stays so while its own cell is drawn again.
      const unfolded = panel.dataset.cell === `${now.theme} ${now.column}` && Boolean(panel.querySelector("details[open]"));
      panel.dataset.cell = `${now.theme} ${now.column}`;
      const question = debate.questions.find((each) => each.id === now.theme);
      const column = columns().find((each) => each.id === now.column);
      if (!column) { panel.hidden = true; return; }
      const sides = bySide([
        ...answersIn("reference", now.theme, now.column),
        ...(laidOver() ? answersIn(laidOver(), now.theme, now.column) : []),
      ]);
      const side = (name, title, means) => make("section", { class: "nhsr-column", "data-side": name },
        make("h4", {}, title), make("p", { class: "nhsr-soft" }, means),
        sides[name].length ? list(sides[name]) : make("p", { class: "nhsr-note" }, silence(question, column, name)));
      panel.replaceChildren(...[
        make("div", { class: "nhsr-panel-head" },
          make("h3", { tabindex: "-1" }, question.question),
          make("p", { class: "nhsr-soft" }, `${column.label}: ${inWords(sides)}.`),
          make("button", { type: "button", onclick: () => close() }, "Close")),
        make("div", { class: "nhsr-columns" },
          side("sceptic", "No, or in danger", question.no_means), side("enthusiast", "Yes", question.yes_means)),
        sides.mixed.length > 0 && make("section", {}, make("h4", {}, "Both at once"), list(sides.mixed)),
        sides.none.length > 0 && make("details", { open: unfolded || sides.none.some((answer) => answer.claim === model.get("selected")) },
          make("summary", {}, `${count(sides.none.length, "claim")} on this question that take no side`), list(sides.none)),
        make("p", { class: "nhsr-soft" }, `All claims on this question, side by side: nr.contrast("${question.id}")`),
      ].filter(Boolean));
      heard.textContent = `${question.question} ${column.label}: ${inWords(sides)}.`;
    }

    function silence(question, column, side) {
      const place = across() === "sources" ? `in ${column.label}` : `that ${column.label.replace(/^E/, "e")} said`;
      const where = column.id === ALL ? "in these five texts" : place;
      const says = `says ${side === "sceptic" ? "no" : "yes"}`;
      // What is kept back may say it: to name the cells where it does would give its code away.
      if (debate.kept_back) return `Among the claims shown, nothing ${where} ${says}. ${count(debate.kept_back, "claim")} kept back for notebook 06 may.`;
      const none = column.id === ALL && question.silence ? ` ${question.silence}` : "";
      return `Nothing ${where} ${says}. A silence is not a view.${none}`;
    }

    const list = (answers) => make("ul", { class: "nhsr-claims" }, ...answers.map(card));

    function card(answer) {
      const claim = debate.claims[answer.claim];
      const opened = model.get("selected") === answer.claim;
      const coder = debate.coders.find((each) => each.id === answer.coder);
      return make("li", { class: "nhsr-claim", "data-stance": answer.stance, "data-id": answer.claim },
        withToken(answer, claim),
        foot(answer.claim, claim, opened, () => { set({ selected: opened ? null : answer.claim }); refocus(answer.claim); },
          answer.coder !== "reference" && ` \u00b7 ${coder.label}`),
        opened && make("div", { class: "nhsr-more" }, make("p", {}, claim.paraphrase),
          definitions([["Reaches you by", claim.chain.join(" \u2192 ")], ["Stands in", debate.columns.sources.find((text) => text.id === claim.source).label],
            ["Also answers", debate.answers
              .filter((other) => other.coder === answer.coder && other.claim === answer.claim && other.theme !== answer.theme)
              .map((other) => `${debate.questions.find((each) => each.id === other.theme).question} ${capital(other.stance_label)}.`).join(" ")],
            ["Id", copyable(answer.claim)]]),
          ...claimRemarks({ ...claim, readings: answer.readings })));
    }

    function refocus(claim) {
      showOpen();
      panel.querySelector(`[data-id="${claim}"] .nhsr-open`)?.focus({ preventScroll: true });
    }

    function close() {
      set({ cell: ["", ""], selected: null });
      showOpen();
      cells.get(cursor)?.focus();
    }

    /** Escape closes the cell and leads back to it. */
    function leave(event) {
      if (event.key !== "Escape" || !openCell()) return;
      event.stopPropagation();
      close();
    }

    // --- wiring ------------------------------------------------------------------------------

    function draw() {
      drawBar();
      drawKey();
      drawTable();
    }

    draw();
    return live({ model, el }, root, { cell: showOpen, selected: showOpen, across: draw, over: draw });
  },
};
