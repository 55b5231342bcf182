"use strict";
{
  const root = document.documentElement;
  const slides = [...document.querySelectorAll(".slide")];
  const wide = matchMedia("(min-width: 701px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let now = 0;

  const theme = (name) => root.setAttribute("data-look", name);
  const fit = () => {
    root.classList.toggle("show", wide.matches);
    root.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720));
  };
  const notes = document.getElementById("notes");
  const showNotes = (wanted = notes.getAttribute("aria-pressed") === "true") => {
    notes.setAttribute("aria-pressed", String(wanted));
    slides.forEach((slide, at) => {
      const aside = slide.querySelector(".notes");
      if (aside) aside.hidden = !wanted || at !== now || !wide.matches;
    });
    notes.disabled = !slides[now].querySelector(".notes");
  };
  const go = (to, focus = true) => {
    now = Math.max(0, Math.min(slides.length - 1, to));
    slides.forEach((slide, at) => slide.classList.toggle("now", at === now));
    document.getElementById("back").disabled = now === 0;
    document.getElementById("next").disabled = now === slides.length - 1;
    history.replaceState(null, "", `#${now + 1}`);
    showNotes();
    // A screen reader says the slide's number, and then reads on from it.
    if (focus && wide.matches) slides[now].focus({ preventScroll: true });
  };
  const asked = () => (parseInt(location.hash.slice(1), 10) || 1) - 1;

  const KEYS = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity, End: Infinity,
  };
  addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (plain && event.key === "n" && !notes.disabled) showNotes(notes.getAttribute("aria-pressed") !== "true");
    // In the notes the keys scroll.
    if (event.target.closest(".notes")) return;
    if (!(event.key in KEYS) || !plain || !wide.matches) return;
    event.preventDefault();
    go(now + KEYS[event.key]);
  });
  document.getElementById("back").addEventListener("click", () => go(now - 1));
  document.getElementById("next").addEventListener("click", () => go(now + 1));
  notes.addEventListener("click", () => showNotes(notes.getAttribute("aria-pressed") !== "true"));
  document.getElementById("colours").addEventListener("click", () =>
    theme(root.getAttribute("data-look") === "dark" ? "light" : "dark"));
  addEventListener("hashchange", () => go(asked()));
  addEventListener("resize", fit);
  wide.addEventListener("change", fit);
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));

  theme(dark.matches ? "dark" : "light");
  document.querySelector("nav").hidden = false;
  fit();
  go(asked(), false);
}
