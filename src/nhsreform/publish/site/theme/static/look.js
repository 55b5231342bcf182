// Light or dark as chosen here before; else as the system says. Runs before the first paint.
try {
  const look = localStorage.getItem("look");
  if (look === "light" || look === "dark") document.documentElement.dataset.look = look;
} catch { /* A browser that keeps nothing for pages from a folder goes by the system. */ }
