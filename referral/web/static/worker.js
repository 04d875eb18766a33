// Without a connection it answers with one page that is the same for everybody. It keeps that page and what it is made
// of, and nothing else: no page of anybody is ever put into its cache.

const FILES = [/* files */];
const CACHE = `offline-${FILES.join(" ").replace(/\W+/g, "-")}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET")
    event.respondWith(fetch(request).catch(() => caches.match(FILES[0])));
  else if (FILES.some((file) => new URL(file, location).href === request.url))
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});
