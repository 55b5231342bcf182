// The reader: one text as a page. The kernel sends the page already cut into runs (`page.sections`)
// and the claims in words (`page.claims`); nothing here counts characters.

const POSITIONS = [
  ["sceptic", "Sceptic", [["sceptic-2", "\u2212\u2212"], ["sceptic-1", "\u2212"]]],
  ["mixed", "Mixed", [["mixed", "\u00b1"]]],
  ["enthusiast", "Enthusiast", [["enthusiast-1", "+"], ["enthusiast-2", "++"]]],
  ["none", "Takes no side", [["none", "\u25cb"]]],
  ["kept-back", "Kept back", [["kept-back", "?"]]],
];
const FACETS = [
  ["speaker", "Speaker", (claim) => [claim.speaker]],
  ["theme", "Question", (claim) => claim.themes],
  ["kind", "Kind", (claim) => [claim.kind].filter(Boolean)],
];
// The ids under which a filter finds a claim.
const VALUES = { position: (claim) => [claim.position] };
for (const [key, , names] of FACETS) VALUES[key] = (claim) => names(claim).map((name) => name.id);

export default {
  render({ model, el }) {
    let claims = [];
    let byId = new Map();
    let marks = new Map(); // claim id -> its runs in the page, in order
    let cursor = null; // the one claim that Tab reaches
    let said = ""; // what the button above the text has done

    const state = make("p", { class: "nhsr-byline" });
    const toggle = make("button", { class: "nhsr-main", type: "button", onclick: flip });
    const chips = make("div", { class: "nhsr-chips", role: "group", "aria-label": "Show one position" });
    const selects = make("div", { class: "nhsr-choices nhsr-selects" });
    const shown = make("p", { class: "nhsr-soft nhsr-shown", role: "status" });
    const help = make("p", { class: "nhsr-soft" },
      "Choose a claim with the mouse, or Tab to the text: arrow keys walk from claim to claim, " +
      "Enter opens one, Escape closes it.");
    const coding = make("div", { class: "nhsr-coding" }, chips, selects, shown, help);
    const article = make("div", { class: "nhsr-page", lang: "en-GB", onkeydown: walk });
    const heard = make("div", { class: "nhsr-heard", role: "status" });
    const root = make("div", { class: "nhsr nhsr-reader" },
      make("div", { class: "nhsr-bar" }, state, toggle), coding, article, heard);

    const details = make("div", { class: "nhsr-details" });
    const card = make("section", { class: "nhsr-card" },
      details,
      make("div", { class: "nhsr-steps" },
        make("button", { type: "button", onclick: () => step(-1) }, "Previous"),
        make("button", { type: "button", onclick: () => step(1) }, "Next"),
        make("button", { type: "button", onclick: close }, "Close")));

    // --- state -------------------------------------------------------------------------------

    const set = (name, value) => setAll(model, { [name]: value });

    function flip() {
      if (model.get("revealed")) set("selected", null);
      set("revealed", !model.get("revealed"));
      // The name of a button that has the focus is not said again when it changes.
      said = model.get("revealed") ? "The coding is shown below: first the filters, then the text with its claims." : "The coding is hidden.";
      heard.textContent = said;
    }

    function fits(claim, filters, except) {
      return Object.entries(filters).every(
        ([key, wanted]) => key === except || VALUES[key](claim).includes(wanted));
    }

    const inView = () => claims.filter((claim) => fits(claim, model.get("filters")));

    function filterBy(key, value) {
      const filters = { ...model.get("filters") };
      if (value) filters[key] = value;
      else delete filters[key];
      set("filters", filters);
    }

    // --- the page ----------------------------------------------------------------------------

    function drawPage() {
      const page = model.get("page");
      const revealed = model.get("revealed");
      claims = page.claims;
      byId = new Map(claims.map((claim, index) => [claim.id, { ...claim, number: index + 1 }]));
      marks = new Map();
      state.textContent = page.byline;
      toggle.textContent = revealed ? "Hide the coding" : "Show the coding";
      coding.hidden = !revealed;
      root.classList.toggle("nhsr-revealed", revealed);
      article.replaceChildren(...page.sections.map((section) => {
        const blocks = drawBlocks(section.blocks, revealed);
        if (!section.folded) return make("div", {}, ...blocks);
        return make("details", { class: "nhsr-folded" },
          make("summary", {}, `${page.folded} (${count(section.blocks.length, "line")}, folded)`), ...blocks);
      }));
      for (const [id, runs] of marks) {
        const claim = byId.get(id);
        const words = runs.map((run) => run.textContent).join(" ");
        runs[0].setAttribute("role", "button");
        const on = claim.position === "none" || !claim.themes.length ? "" : claim.themes[0].label.toLowerCase();
        runs[0].setAttribute("aria-label",
          `Claim ${claim.number}, ${claim.stance_label}${on && ` on ${on}`}: ${words}`);
        runs[0].prepend(first(runs[0].firstChild, on ? `${claim.token} ${on}` : claim.token));
      }
      drawFilters();
      drawCard();
    }

    function drawBlocks(blocks, revealed) {
      const drawn = [];
      for (const block of blocks) {
        const runs = block.runs.map((run) => drawRun(run, revealed));
        if (block.kind === "item") {
          let list = drawn[drawn.length - 1];
          if (!list || list.tagName !== "UL") drawn.push((list = make("ul")));
          list.append(make("li", { class: "nhsr-block" },
            make("span", { class: "nhsr-marker" }, `${block.marker} `),
            make("div", { class: "nhsr-item" }, ...runs)));
          continue;
        }
        const tag = { title: "h3", heading: "h4" }[block.kind] || "p";
        drawn.push(make(tag, { class: `nhsr-block nhsr-${block.kind}` }, ...runs));
      }
      return drawn;
    }

    function drawRun(run, revealed) {
      if (!revealed || !run.claim) return document.createTextNode(run.text);
      const claim = byId.get(run.claim);
      const mark = make("span", {
        class: "nhsr-claim", "data-stance": claim.stance, tabindex: "-1",
        onclick: () => {
          // A drag that selects words to copy is not a choice of the claim.
          if (document.getSelection().isCollapsed) choose(claim.id);
        },
      }, run.text);
      if (!marks.has(claim.id)) marks.set(claim.id, []);
      else mark.removeAttribute("tabindex");
      marks.get(claim.id).push(mark);
      return mark;
    }

    /** Take the first word off a text node, and return it with the token in front: the two never part at a line's end. */
    function first(text, token) {
      const end = text.data.search(/\s/);
      if (end > 0) text.splitText(end);
      return make("span", { class: "nhsr-first", "data-token": token }, text);
    }

    // --- filters -----------------------------------------------------------------------------

    function drawFilters() {
      const filters = model.get("filters");
      const counted = (key, value) => claims.filter((claim) =>
        claim.counted && fits(claim, filters, key) && VALUES[key](claim).includes(value)).length;
      refill(chips, ...POSITIONS
        .filter(([key]) => claims.some((claim) => claim.position === key))
        .map(([key, label, stances]) => make("button", {
          type: "button", "data-key": key, "aria-pressed": String(filters.position === key),
          onclick: () => filterBy("position", model.get("filters").position === key ? null : key),
        }, ...stances.map(([stance, token]) =>
          make("span", { class: "nhsr-token", "data-stance": stance, "aria-hidden": "true" }, token)),
        `${label} `, make("span", { class: "nhsr-count" }, String(counted("position", key))))));
      refill(selects,
        ...FACETS.map(([key, label, names]) => {
          const known = new Map(claims.flatMap(names).map((name) => [name.id, name.label]));
          const options = [...known].sort((a, b) => a[1].localeCompare(b[1])).map(([value, text]) => {
            const number = counted(key, value);
            return [value, `${text} (${number})`, number === 0 && filters[key] !== value];
          });
          return choice(label, key, filters[key] ?? "", [["", "All"], ...options], (value) => filterBy(key, value));
        }),
        make("button", {
          type: "button", "data-key": "clear", disabled: Object.keys(filters).length === 0,
          onclick: () => set("filters", {}),
        }, "Clear filters"));
      const visible = inView();
      const uncounted = visible.filter((claim) => !claim.counted).length;
      shown.textContent = `${visible.length} of ${count(claims.length, "claim")} marked.` +
        (uncounted ? ` ${uncounted} of them put forward by nobody, and left out of the counts.` : "");
      const ids = new Set(visible.map((claim) => claim.id));
      for (const [id, runs] of marks) {
        runs.forEach((run) => run.classList.toggle("nhsr-off", !ids.has(id)));
        runs[0].setAttribute("aria-disabled", String(!ids.has(id)));
      }
      // A card about a claim that is no longer marked would point at nothing.
      if (model.get("selected") && !ids.has(model.get("selected"))) set("selected", null);
      if (!ids.has(cursor)) cursor = visible.length ? visible[0].id : null;
      moveStop();
    }

    // --- walking and choosing ----------------------------------------------------------------

    const moveStop = () => moveTabStop([...marks].map(([id, runs]) => [id, runs[0]]), cursor);

    function choose(id) {
      if (!inView().some((claim) => claim.id === id)) return;
      cursor = id;
      moveStop();
      marks.get(id)[0].focus({ preventScroll: true });
      set("selected", model.get("selected") === id ? null : id);
    }

    function go(to) {
      const visible = inView().map((claim) => claim.id);
      if (!visible.length) return null;
      cursor = stepped(visible, cursor, to);
      moveStop();
      return cursor;
    }

    /** Previous and Next in the card: the card walks on, and the focus stays on the button. */
    function step(to) {
      const id = go(to);
      if (id) set("selected", id);
      if (id) marks.get(id)[0].scrollIntoView({ block: "nearest" });
    }

    function walk(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const mark = event.target.closest(".nhsr-claim[role=button]");
      if (event.key === "Escape" && model.get("selected")) {
        event.stopPropagation();
        close();
      } else if (mark && event.key in STEPS) {
        event.preventDefault();
        const id = go(STEPS[event.key]);
        if (!id) return;
        if (model.get("selected")) set("selected", id);
        marks.get(id)[0].focus();
      } else if (mark && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        choose(cursor);
      }
    }

    function close() {
      set("selected", null);
      if (cursor) marks.get(cursor)[0].focus();
    }

    // --- the card ----------------------------------------------------------------------------

    function drawCard() {
      const claim = byId.get(model.get("selected"));
      for (const [id, runs] of marks) {
        const open = Boolean(claim) && id === claim.id;
        runs.forEach((run) => run.classList.toggle("nhsr-open", open));
        runs[0].setAttribute("aria-expanded", String(open));
      }
      if (!claim || !model.get("revealed")) {
        card.remove();
        heard.textContent = said;
        return;
      }
      cursor = claim.id;
      moveStop();
      card.dataset.stance = claim.stance;
      card.setAttribute("aria-label", `About claim ${claim.number}`);
      details.replaceChildren(
        make("p", { class: "nhsr-card-title" },
          make("span", { class: "nhsr-token", "aria-hidden": "true" }, claim.token),
          make("strong", {}, capital(claim.stance_label)),
          make("span", { class: "nhsr-soft" }, `claim ${claim.number} of ${claims.length}`)),
        claim.kept_back ? make("p", {}, model.get("page").kept_back) : make("p", {}, claim.paraphrase),
        facts(claim),
        ...claimRemarks(claim));
      const held = card.contains(document.activeElement) ? document.activeElement : null;
      const block = marks.get(claim.id)[0].closest(".nhsr-block");
      if (block.tagName === "LI") block.append(card);
      else block.after(card);
      // Moving an element takes the focus from it.
      if (held && held.isConnected) held.focus({ preventScroll: true });
      place();
      heard.textContent = `Claim ${claim.number} of ${claims.length}: ${claim.stance_label}. ` +
        `${claim.speaker.label}, ${claim.voice}. ${claim.kept_back ? model.get("page").kept_back : claim.paraphrase}`;
    }

    function facts(claim) {
      const rows = [
        ["Who speaks", claim.role ? `${claim.speaker.label} (${claim.role})` : claim.speaker.label],
        ["Voice", capital(claim.voice)],
        ["Reaches you by", claim.chain.length > 1 ? claim.chain.join(" \u2192 ") : null],
        ["Kind", claim.kind && capital(claim.kind.label)],
        ...claim.answers.map((answer) => [capital(answer.stance_label), answer.question]),
        [claim.condition_label, claim.condition && make("q", { lang: "en-GB" }, claim.condition)],
        ["Id", copyable(claim.id)],
      ];
      return definitions(rows);
    }

    /** In a wide reader the card stands in the margin, level with its claim. */
    function place() {
      const claim = byId.get(model.get("selected"));
      if (!claim || !card.isConnected) {
        article.style.minHeight = "";
        return;
      }
      article.style.minHeight = `${card.offsetHeight}px`;
      const top = marks.get(claim.id)[0].getBoundingClientRect().top - article.getBoundingClientRect().top;
      const lowest = article.offsetHeight - card.offsetHeight;
      card.style.setProperty("--nhsr-top", `${Math.max(0, Math.min(top, lowest))}px`);
    }

    // --- wiring ------------------------------------------------------------------------------

    drawPage();
    return live({ model, el }, root, {
      page: drawPage, revealed: drawPage, filters: drawFilters, selected: drawCard,
    }, place);
  },
};
