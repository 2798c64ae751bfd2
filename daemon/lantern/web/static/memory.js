// What a tab remembers until it is closed, also while it shows another page.

// The value kept under `name`; undefined where there is none, or the browser keeps nothing.
export function remembered(name) {
  try {
    return JSON.parse(sessionStorage.getItem(`lantern-${name}`)) ?? undefined;
  } catch {
    return undefined; // a browser that is told to keep nothing throws
  }
}

// Keep `value` under `name`; undefined forgets it.
export function remember(name, value) {
  try {
    if (value === undefined) sessionStorage.removeItem(`lantern-${name}`);
    else sessionStorage.setItem(`lantern-${name}`, JSON.stringify(value));
  } catch {
    // as above, or there is no room: it is lost with the page, as everything was before
  }
}
