// Keeps the page's own files and one page that says that Lantern cannot be reached: no answer of
// the API, no photo. The server puts two lines before this one: VERSION and FILES.

/* global VERSION, FILES, clients */

const SHELL = `lantern-${VERSION}`;
const OFFLINE = "/offline";
const PATIENCE_MS = 10000; // a machine that was switched off does not refuse, it is silent

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...FILES, OFFLINE])));
  skipWaiting();
});

addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([forget(), registration.navigationPreload?.enable(), clients.claim()]));
});

async function forget() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("lantern-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (FILES.includes(pathname)) event.respondWith(kept(request));
});

async function page(event) {
  const answer = answered(event);
  answer.catch(() => {}); // it may come to nothing after patience has ended
  try {
    return await Promise.race([answer, silence()]);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function answered({ preloadResponse, request }) {
  return (await preloadResponse) ?? fetch(request);
}

function silence() {
  return new Promise((_, reject) => { setTimeout(reject, PATIENCE_MS); });
}

async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}
