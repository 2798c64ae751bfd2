// Hear of what changed, as server-sent events, and only while somebody looks: of the six
// connections that a browser has for one server, each page that listens takes one.

const AGAIN_MS = 15000; // where the server refuses, the browser itself does not ask again

// Calls `heard(content)` at once and after every change, and `told(connected)` when that changes.
export function listen(address, name, heard, told = () => {}) {
  let stream = null;
  let again = 0;

  function open() {
    clearTimeout(again);
    stream?.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource(address);
    stream.addEventListener("open", () => told(true));
    stream.addEventListener(name, (event) => heard(JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      told(false);
      if (stream?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
    });
  }

  document.addEventListener("visibilitychange", open);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}
