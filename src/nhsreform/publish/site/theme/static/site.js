// What the pages of the reading edition do: light and dark, the table of contents on a narrow screen, charts, and the
// widgets that need no kernel. Without this script every page still holds its words and tables.

const root = document.documentElement;

// --- light and dark ----------------------------------------------------------------------------

const system = matchMedia("(prefers-color-scheme: dark)");
const look = document.querySelector("button.look");
const isDark = () => root.dataset.look === "dark" || (root.dataset.look === "auto" && system.matches);

function sayLook() {
  look.textContent = isDark() ? "Light" : "Dark";
  look.setAttribute("aria-label", isDark() ? "Show the pages light" : "Show the pages dark");
}

look.hidden = false;
look.addEventListener("click", () => {
  root.dataset.look = isDark() ? "light" : "dark";
  try { localStorage.setItem("look", root.dataset.look); } catch { /* It then holds for this page alone. */ }
  sayLook();
});
system.addEventListener("change", sayLook);
sayLook();

// --- the table of contents -----------------------------------------------------------------------

// On a wide screen it stays in view and scrolls by itself; it opens where the page is named.
const contents = document.querySelector(".contents");
const here = contents.querySelector("[aria-current]");
if (here) contents.scrollTop = here.offsetTop - contents.clientHeight / 2;

// On a narrow screen a button opens it.
const menu = document.querySelector("button.menu");
root.classList.add("scripted");
menu.addEventListener("click", () => {
  const open = menu.getAttribute("aria-expanded") !== "true";
  menu.setAttribute("aria-expanded", String(open));
  root.classList.toggle("contents-open", open);
});

// --- tables and charts that scroll ---------------------------------------------------------------------------

// A box that has nothing to scroll is no stop on the way of the Tab key.
const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.querySelectorAll(".wide, .chart").forEach((box) => boxes.observe(box));

// --- widgets ----------------------------------------------------------------------------------------

// Model and nhsreformWidgets come from live.js, on the pages that hold a widget.
const stateOf = (place) => JSON.parse(place.querySelector("script[type='application/json']").textContent);

for (const place of document.querySelectorAll(".live")) {
  const el = document.createElement("div");
  el.className = "widget";
  window.nhsreformWidgets[place.dataset.widget].render({ model: new Model(stateOf(place)), el });
  place.append(el);
  place.classList.add("drawn");
}

// --- charts -----------------------------------------------------------------------------------------

const charts = [...document.querySelectorAll(".chart")].map((place) =>
  window.vegaEmbed(place.querySelector(".drawing"), stateOf(place), { actions: false, renderer: "svg" }));
Promise.all(charts).then(() => { root.dataset.drawn = "true"; });
