// Let the page be installed, and say so itself when Lantern cannot be reached. Browsers do this on
// https and on this machine alone; elsewhere the page is as good, and no more than a bookmark.

const WORKER = "/service-worker.js";

// Waits for the page itself to be there: what the worker keeps must not delay a first visit.
export function install() {
  if (!("serviceWorker" in navigator)) return;
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

function register() {
  const policy = globalThis.trustedTypes?.createPolicy("install", {
    createScriptURL: (address) => {
      if (address !== WORKER) throw new TypeError(`expected ${WORKER}, got ${address}`);
      return address;
    },
  });
  const address = policy ? policy.createScriptURL(WORKER) : WORKER;
  // Without it all else goes on, so a refusal (a private window, a full disk) is nobody's trouble.
  navigator.serviceWorker.register(address).catch(() => {});
}
