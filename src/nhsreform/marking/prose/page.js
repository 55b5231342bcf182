"use strict";
const main = document.querySelector("main");
const articles = [...document.querySelectorAll("article")];
const bank = document.getElementById("bank");
const status = document.getElementById("status");
const place = "nhsreform-prose " + main.dataset.draft;
let unsaved = false;

const points = (article) => article.querySelector("input");
const comment = (article) => article.querySelector("textarea");
const lines = () => bank.value.split("\n").map((line) => line.trim()).filter(Boolean);

function say(more) {
  const done = articles.filter((article) => points(article).value !== "").length;
  status.textContent = `${done} of ${articles.length} marked. ${more || ""}`;
}

function saveDraft() {
  const marks = articles.map((article) => [article.dataset.code, points(article).value, comment(article).value]);
  try {
    localStorage.setItem(place, JSON.stringify({ marks, bank: bank.value }));
    return "";
  } catch (error) {
    return "This browser keeps no draft: save often.";
  }
}

function bring() {
  let draft = null;
  try {
    draft = JSON.parse(localStorage.getItem(place));
  } catch (error) {
    return;
  }
  if (!draft) return;
  const drafts = new Map(draft.marks.map(([code, mark, words]) => [code, [mark, words]]));
  for (const article of articles) {
    if (!drafts.has(article.dataset.code)) continue;
    [points(article).value, comment(article).value] = drafts.get(article.dataset.code);
  }
  bank.value = draft.bank;
  unsaved = true;
}

function list() {
  const numbered = document.getElementById("numbered");
  numbered.replaceChildren(...lines().map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function check(input) {
  const wrong = !input.checkValidity();
  input.setAttribute("aria-invalid", String(wrong));
  return wrong ? `Points must be from 0 to ${input.max}, in steps of ${input.step}.` : "";
}

function cell(text) {
  const flat = text.replace(/\r/g, "").trim();
  // As `guarded` in text/untrusted.py: no formula, wherever a spreadsheet sees a cell begin.
  const begins = /(?:^|(?<=[;|\t\n]))(?!(?<=\n) *- )(?='*(?:[^\S\t\r\n]|")*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20])/g;
  const safe = flat.replace(begins, "'");
  return /[",\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

function save() {
  const bad = articles.find((article) => check(points(article)));
  if (bad) {
    points(bad).focus();
    say("Not saved: " + check(points(bad)));
    return;
  }
  const rows = articles.map((article) => [article.dataset.code, points(article).value, comment(article).value]);
  const text = "\uFEFF" + [["code", "points", "comment"], ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = main.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  unsaved = false;
  say(`Saved as ${main.dataset.file} where your browser puts downloads.`);
}

function go(article) {
  if (!article) return say("That was the last one. Ctrl+S saves.");
  points(article).focus();
  points(article).select();
}

document.addEventListener("input", (event) => {
  unsaved = true;
  const field = event.target;
  if (field.matches("article textarea")) {
    field.value = field.value.replace(/(^|\s);(\d{1,2})\s$/, (all, before, at) => {
      const line = lines()[Number(at) - 1];
      return line === undefined ? all : before + line + " ";
    });
  }
  if (field === bank) list();
  say([field.matches("input") ? check(field) : "", saveDraft()].join(" ").trim());
});

document.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
  } else if (control && event.key === "Enter") {
    event.preventDefault();
    const here = articles.indexOf(event.target.closest("article"));
    go([...articles.slice(here + 1), ...articles.slice(0, here + 1)].find((article) => points(article).value === ""));
  } else if (event.key === "Enter" && event.target.matches("article input")) {
    event.preventDefault();
    comment(event.target.closest("article")).focus();
  }
});

document.getElementById("save").addEventListener("click", save);
document.getElementById("forget").addEventListener("click", () => {
  localStorage.removeItem(place);
  unsaved = false;
  say("The draft in this browser is deleted. What you see here stays until you close the page.");
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
bring();
list();
say(unsaved ? "Your draft is back." : "");
