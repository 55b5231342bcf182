// The contrast: two sides in equal columns. The kernel sends one book (`book`): every claim in words, and for every
// theme each side already chosen and ordered. What is turned to here is only which page of it is shown.

const PAIRS = { camps: ["sceptic", "enthusiast"] };
const RELATIONS = {
  supports: "gives a reason for", echoes: "says again", opposes: "argues against", qualifies: "limits",
};
const LINKED = {
  supports: ["Gives a reason for", "Has a reason in"], echoes: ["Says again", "Is said again in"],
  opposes: ["Argues against", "Is argued against in"], qualifies: ["Limits", "Is limited by"],
};
// Up to so many claims that take no side are shown open beside another text or speaker, on both sides or on neither.
const FEW = 20;
// So many pairs are shown at once, of common ground as of division; the rest is folded.
const SHOWN = 5;

/** One page of the book: the same choice as contrast_model in model.py. */
function turnTo(book, theme, compare, left, right) {
  const named = (id) => ({
    ...book.names[compare].find((name) => name.id === id), ...book.sides[compare][theme][id],
  });
  const camps = compare === "camps";
  const asked = book.themes.find((each) => each.id === theme);
  const page = { left: named(left), right: named(right) };
  if (camps) {
    // What a side's answer means stands under its name.
    for (const side of [page.left, page.right]) side.about = side.id === "sceptic" ? asked.no_means : asked.yes_means;
  }
  if (camps) Object.assign(page, { mixed: named("mixed"), none: named("none") });
  const here = {};
  for (const [place, side] of Object.entries(page)) here[place] = new Set([...side.ids, ...side.none]);
  const everywhere = new Set(Object.values(here).flatMap((ids) => [...ids]));
  const faces = ({ from, to, across }) => camps
    ? across && everywhere.has(from) && everywhere.has(to)
    : (here.left.has(from) && here.right.has(to)) || (here.left.has(to) && here.right.has(from));
  const pairs = book.pairs.filter(faces);
  const asking = (ids) => Object.keys(book.claims).filter((id) => ids.has(id) && book.claims[id].requires);
  let required = asking(everywhere);
  const voices = new Set(required.map((id) => book.claims[id].speaker.id));
  if (voices.size < 2 || (!camps && !(asking(here.left).length && asking(here.right).length))) required = [];
  return {
    ...page,
    theme: asked,
    common: pairs.filter((pair) => ["supports", "echoes"].includes(pair.relation)),
    division: pairs.filter((pair) => pair.relation === "opposes"),
    limits: pairs.filter((pair) => pair.relation === "qualifies"),
    required,
    one_sided: camps ? book.one_sided[theme] : "",
    left_out: camps ? book.left_out[theme] : [],
    empty: page.left.note || page.right.note
      ? [book.an_empty_side[compare], camps ? asked.silence : ""].filter(Boolean).join(" ") : "",
  };
}

/** What a claim's words answer to the question in view; over all questions, to the claim's main one. */
const answerTo = (claim, theme) => claim.answers.find((answer) => answer.theme === theme) || claim.answers[0];

export default {
  render({ model, el }) {
    const book = model.get("book");
    let page = null;
    let order = []; // the claims in view, in the order in which the strip is walked
    let cursor = null; // the one mark that Tab reaches
    let marks = new Map();
    let cards = new Map();

    const bar = make("div", { class: "nhsr-choices" });
    const question = make("h3", { class: "nhsr-asked" });
    const strip = make("div", {
      class: "nhsr-strip", role: "toolbar", "aria-label": "One mark for each claim",
      onkeydown: walk, onfocusin: point, onfocusout: unpoint,
    });
    const help = make("p", { class: "nhsr-soft" },
      "Each mark is a claim: arrow keys walk from mark to mark, Enter opens the claim, Escape leads back.");
    const rule = make("p", { class: "nhsr-soft" });
    const columns = make("div", { class: "nhsr-columns" });
    const below = make("div", { class: "nhsr-below" });
    const heard = make("div", { class: "nhsr-heard", role: "status" });
    const root = make("div", { class: "nhsr nhsr-frame nhsr-contrast", onkeydown: leave },
      bar, question, strip, help, rule, columns, below, heard);

    // --- state -------------------------------------------------------------------------------

    const set = (changes) => setAll(model, changes, (id) => inView(current()).includes(id));

    function pair() {
      const compare = model.get("compare");
      const names = PAIRS[compare] || model.get(compare);
      return model.get("swapped") ? [names[1], names[0]] : names;
    }

    const current = () => turnTo(book, model.get("theme"), model.get("compare"), ...pair());
    const answer = (id) => answerTo(book.claims[id], model.get("theme"));
    const places = (view) => ["left", "right", "mixed", "none"].filter((place) => view[place]);
    const inView = (view) => places(view).flatMap((place) => [...view[place].ids, ...view[place].none]);

    // --- the bar -----------------------------------------------------------------------------

    function drawBar() {
      const compare = model.get("compare");
      const controls = [
        choice("Question", "theme", model.get("theme"),
          book.themes.map((theme) => [theme.id, theme.question]), (theme) => set({ theme })),
        choice("Compare", "compare", compare, Object.entries(book.compare), (kind) => set({ compare: kind })),
      ];
      if (!PAIRS[compare]) {
        const [left, right] = pair();
        const options = (other) => book.names[compare].map((name) =>
          [name.id, name.about ? `${name.label} (${name.about})` : name.label, name.id === other]);
        const choose = (names) => set({ [compare]: model.get("swapped") ? [names[1], names[0]] : names });
        controls.push(
          choice("Left", "left", left, options(right), (name) => choose([name, right])),
          choice("Right", "right", right, options(left), (name) => choose([left, name])));
      }
      refill(bar, ...controls, make("button", {
        type: "button", "data-key": "swap", onclick: () => set({ swapped: !model.get("swapped") }),
      }, make("span", { "aria-hidden": "true" }, "\u21c4 "), "Swap sides"));
    }

    // --- the strip ---------------------------------------------------------------------------

    function drawStrip() {
      marks = new Map();
      order = [];
      const camps = model.get("compare") === "camps";
      const scale = book.stances.filter((stance) => stance.key !== "none");
      // Between the camps the strip is turned with the columns, so that each side stands over its own.
      if (camps && model.get("swapped")) scale.reverse();
      const apart = book.stances.find((stance) => stance.key === "none");
      const bins = (ids) => make("div", { class: "nhsr-bins" },
        make("div", { class: "nhsr-scale" }, ...scale.map((stance) => bin(stance, ids))), bin(apart, ids));
      const ids = inView(page);
      strip.replaceChildren(...(camps ? [bins(ids)] : ["left", "right"].map((place) =>
        make("div", { class: "nhsr-lane" }, make("p", { class: "nhsr-lane-name" }, page[place].label),
          bins([...page[place].ids, ...page[place].none])))));
      order.forEach((id, index) => {
        const { speaker, words } = book.claims[id];
        const { stance_label: stance } = answer(id);
        marks.get(id).setAttribute("aria-label",
          `Claim ${index + 1} of ${order.length}, ${stance}: ${speaker.label}: ${words}`);
      });
      strip.classList.toggle("nhsr-two", !camps);
      if (!marks.has(cursor)) cursor = order[0] || null;
      moveTabStop(marks, cursor);
    }

    function bin(stance, ids) {
      const here = ids.filter((id) => answer(id).stance === stance.key);
      const drawn = here.map((id) => {
        const mark = make("button", {
          type: "button", class: "nhsr-mark", "data-stance": stance.key, tabindex: "-1",
          onclick: () => choose(id),
        }, stance.key === "none" ? "" : stance.token);
        marks.set(id, mark);
        return mark;
      });
      order.push(...here);
      return make("div", { class: "nhsr-bin", "data-stance": stance.key },
        make("div", { class: "nhsr-marks" }, ...drawn),
        make("p", { class: "nhsr-bin-name" },
          make("span", { class: "nhsr-token", "aria-hidden": "true" }, stance.token),
          // On a phone the longest word is wider than its column: it breaks where a reader would break it.
          make("span", { class: "nhsr-bin-label" }, ` ${stance.label.replace("enthusiast", "enthu\u00adsiast")} `),
          make("strong", {}, String(here.length))));
    }

    function walk(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in STEPS) || !order.length) return;
      event.preventDefault();
      cursor = stepped(order, cursor, STEPS[event.key]);
      moveTabStop(marks, cursor);
      marks.get(cursor).focus();
    }

    /** The claim whose mark has the focus is pointed out below. */
    function point() {
      cards.forEach((card, id) => card.classList.toggle("nhsr-pointed", marks.get(id) === document.activeElement));
    }

    function unpoint() {
      cards.forEach((card) => card.classList.remove("nhsr-pointed"));
    }

    // --- the claims --------------------------------------------------------------------------

    function drawColumns() {
      const few = Math.max(page.left.none.length, page.right.none.length) <= FEW;
      columns.replaceChildren(...["left", "right"].map((place) => {
        const side = page[place];
        return make("section", { class: "nhsr-column", "data-side": side.id },
          make("div", { class: "nhsr-head" }, make("h3", {}, side.label),
            side.about && make("p", { class: "nhsr-soft" }, side.about), make("p", { class: "nhsr-told" }, side.told)),
          make("div", { class: "nhsr-body" },
            side.note && make("p", { class: "nhsr-note" }, side.note),
            list(side.ids),
            side.none.length > 0 &&
              folded(`${count(side.none.length, "claim")} that take no side`, few, list(side.none)),
            ...side.left_out.map((told) => make("p", { class: "nhsr-soft" }, told))));
      }));
    }

    function drawBelow() {
      const { mixed, none } = page;
      below.replaceChildren(...[
        (page.one_sided || page.empty) && make("div", { class: "nhsr-note" },
          page.one_sided && make("p", {}, page.one_sided), page.empty && make("p", {}, page.empty)),
        mixed && make("section", { class: "nhsr-between" },
          make("div", { class: "nhsr-head" }, make("h3", {}, "Mixed"),
            make("p", { class: "nhsr-told" }, mixed.ids.length ? `${mixed.told}: for and against at once` : "no claims")),
          list(mixed.ids)),
        none && none.ids.length > 0 && folded(
          `${count(none.ids.length, "claim")} on this question that take no side`, false,
          make("p", { class: "nhsr-soft" }, `${capital(none.told)}. To take no side is not to stand in the middle.`),
          list(none.ids)),
        ...ground(),
      ].filter(Boolean));
    }

    function folded(summary, open, ...children) {
      return make("details", { class: "nhsr-folded", open }, make("summary", {}, summary), ...children);
    }

    const list = (ids) => ids.length > 0 && make("ul", { class: "nhsr-claims" }, ...ids.map(drawClaim));

    function drawClaim(id) {
      const claim = book.claims[id];
      const card = make("li", { class: "nhsr-claim", "data-stance": answer(id).stance, "data-id": id },
        withToken(answer(id), claim),
        claim.condition && make("p", { class: "nhsr-condition" },
          `${claim.condition_label}: `, make("q", { lang: "en-GB" }, claim.condition)),
        foot(id, claim, false, () => set({ selected: model.get("selected") === id ? null : id })));
      cards.set(id, card);
      return card;
    }

    function more(claim) {
      const { about, cite } = book.names.sources.find((source) => source.id === claim.source);
      return make("div", { class: "nhsr-more" },
        make("p", {}, claim.paraphrase),
        definitions([
          ["Reaches you by", claim.chain.join(" \u2192 ")],
          ["Kind", capital(claim.kind.label)],
          ["Answers", claim.answers.map((each) => `${each.question} ${capital(each.stance_label)}.`).join(" ")],
          ["Stands in", about],
          ["Cite", make("span", {}, `${cite} `, copyable(claim.id))],
        ]),
        ...claimRemarks({ ...claim, readings: answer(claim.id).readings }),
        linked(claim.id));
    }

    function linked(id) {
      const links = book.pairs.flatMap(({ from, to, relation, why }) =>
        from === id ? [[LINKED[relation][0], to, why]] : to === id ? [[LINKED[relation][1], from, why]] : []);
      return links.length > 0 && make("ul", { class: "nhsr-links" }, ...links.map(([how, other, why]) =>
        make("li", {}, `${how} ${other} (${book.claims[other].speaker.label}). `,
          make("span", { class: "nhsr-soft" }, why))));
    }

    // --- common ground and division ----------------------------------------------------------

    function ground() {
      const { common, division, limits, required } = page;
      if (![common, division, limits, required].some((found) => found.length)) {
        return [make("p", { class: "nhsr-soft" }, "No two claims shown here are linked as common ground or as division.")];
      }
      const box = (title, pairs, ...rest) => make("section", { class: "nhsr-box" },
        make("div", { class: "nhsr-head" }, make("h3", {}, title),
          make("p", { class: "nhsr-told" }, pairs.length ? count(pairs.length, "pair") : "no pairs")),
        pairList(pairs.slice(0, SHOWN)),
        pairs.length > SHOWN && folded(`${pairs.length - SHOWN} more`, false, pairList(pairs.slice(SHOWN))), ...rest);
      const voices = new Set(required.map((id) => book.claims[id].speaker.id)).size;
      return [
        make("div", { class: "nhsr-ground" },
          box("Common ground", common,
            common.some((each) => each.relation === "echoes") &&
              make("p", { class: "nhsr-soft" }, "To say it again is not to prove it: repetition is not corroboration."),
            required.length > 0 && folded(`What must be there, say ${voices} speakers (${count(required.length, "claim")})`,
              false, make("ul", { class: "nhsr-pairs" }, ...required.map((id) =>
                make("li", {}, end(id, book.claims[id].condition)))))),
          box("Division", division)),
        limits.length > 0 && folded(
          `${count(limits.length, "pair")} in which one claim limits the other`, false,
          pairList(limits)),
      ];
    }

    const pairList = (pairs) => pairs.length > 0 && make("ul", { class: "nhsr-pairs" }, ...pairs.map(drawPair));

    function drawPair({ from, to, relation, why }) {
      return make("li", {},
        end(from, book.claims[from].words),
        make("p", { class: "nhsr-relation" }, RELATIONS[relation]),
        end(to, book.claims[to].words),
        make("p", { class: "nhsr-why" }, why));
    }

    /** One end of a pair; its id leads to the claim. */
    function end(id, words) {
      const claim = book.claims[id];
      const { stance, stance_label: label, token } = answer(id);
      return make("div", { class: "nhsr-end", "data-stance": stance },
        make("span", { class: "nhsr-token", role: "img", "aria-label": label }, token),
        make("div", {}, make("q", { lang: "en-GB" }, words),
          make("p", { class: "nhsr-soft" }, `${claim.speaker.label} \u00b7 `,
            make("button", { type: "button", class: "nhsr-go", onclick: () => choose(id) }, id))));
    }

    // --- opening -----------------------------------------------------------------------------

    /** Open a claim and go to it. */
    function choose(id) {
      cursor = id;
      moveTabStop(marks, cursor);
      set({ selected: id });
      showOpen();
      const card = cards.get(id);
      const fold = card.closest("details");
      if (fold) fold.open = true;
      card.scrollIntoView({ block: "nearest" });
      card.querySelector(".nhsr-open").focus({ preventScroll: true });
    }

    function showOpen() {
      const open = model.get("selected");
      for (const [id, card] of cards) {
        const shown = card.querySelector(".nhsr-more");
        if ((id === open) === Boolean(shown)) continue;
        const button = card.querySelector(".nhsr-open");
        button.setAttribute("aria-expanded", String(id === open));
        button.textContent = id === open ? "Less" : "More";
        button.setAttribute("aria-label", `${button.textContent} on ${id}`);
        marks.get(id).classList.toggle("nhsr-chosen", id === open);
        if (shown) shown.remove();
        else {
          card.append(more(book.claims[id]));
          const fold = card.closest("details");
          if (fold) fold.open = true;
        }
      }
      if (marks.has(open)) cursor = open;
      moveTabStop(marks, cursor);
    }

    /** Escape closes the open claim and leads back to its mark on the strip. */
    function leave(event) {
      const open = model.get("selected");
      if (event.key !== "Escape" || !open) return;
      event.stopPropagation();
      set({ selected: null });
      marks.get(open).focus();
    }

    // --- wiring ------------------------------------------------------------------------------

    function draw() {
      page = current();
      cards = new Map();
      drawBar();
      question.textContent = page.theme.question;
      rule.textContent = [book.rules[model.get("compare")], ...page.left_out].join(" ");
      drawColumns();
      drawBelow();
      drawStrip();
      showOpen();
      heard.textContent = `${page.theme.question} ` +
        places(page).map((place) => `${page[place].label}: ${page[place].told}.`).join(" ");
    }

    draw();
    return live({ model, el }, root, {
      selected: showOpen, theme: draw, compare: draw, sources: draw, speakers: draw, swapped: draw,
    });
  },
};
