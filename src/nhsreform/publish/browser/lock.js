
// The pack's own part of the service worker: one lock for all tabs, so that two notebooks that keep work at the same moment
// wait for each other. The kernel asks for it and is answered when its turn has come; it gives it back, or 10 seconds pass.
(() => {
  const HELD_AT_MOST = 10000;
  const holders = new Map();
  let turn = Promise.resolve();

  const take = (who) =>
    new Promise((granted) => {
      turn = turn.then(
        () =>
          new Promise((over) => {
            const late = setTimeout(() => free(who), HELD_AT_MOST);
            holders.set(who, () => (clearTimeout(late), over()));
            granted();
          }),
      );
    });

  const free = (who) => {
    const over = holders.get(who);
    holders.delete(who);
    if (over) over();
  };

  self.addEventListener("fetch", (event) => {
    const { pathname, searchParams, origin } = new URL(event.request.url);
    if (origin !== location.origin || !pathname.endsWith("/api/work-lock")) return;
    const who = searchParams.get("who");
    if (searchParams.get("free")) {
      free(who);
      event.respondWith(new Response("freed"));
    } else {
      event.respondWith(take(who).then(() => new Response("taken")));
    }
  });
})();
