// Asks the API. Turns whatever comes back into values, or into one sentence for people.

export class Trouble extends Error {}

export async function ask(address, signal) {
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("Lantern does not answer; it may be starting, or this device is offline.");
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const trouble = new Trouble(sentence(content.error ?? `Lantern answered ${answer.status}`));
  trouble.status = answer.status;
  throw trouble;
}

// Errors are lower-case clauses for logs; the page shows sentences.
function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

// A result of any length, fetched in pages when they are needed. Few pages are kept, so that
// scrolling through a hundred thousand photos takes no more memory than looking at the first.
export class Result {
  static PAGE = 60;
  static KEPT = 30;

  constructor(query, first) {
    this.query = query;
    this.total = first.total;
    this.pages = new Map([[0, first.photos]]);
    this.coming = new Map();
  }

  // The photo at `index` if its page is here, else undefined.
  at(index) {
    return this.pages.get(Math.floor(index / Result.PAGE))?.[index % Result.PAGE];
  }

  // The photo at `index`, fetched if need be; undefined behind the end.
  async get(index) {
    if (index < 0 || index >= this.total) return undefined;
    const number = Math.floor(index / Result.PAGE);
    if (!this.pages.has(number)) await this.load(number);
    return this.at(index);
  }

  load(number) {
    if (!this.coming.has(number)) {
      const loading = this.fetch(number).finally(() => this.coming.delete(number));
      this.coming.set(number, loading);
    }
    return this.coming.get(number);
  }

  async fetch(number) {
    const asked = new URLSearchParams(this.query);
    asked.set("offset", number * Result.PAGE);
    asked.set("limit", Result.PAGE);
    const page = await ask(`/api/search?${asked}`);
    this.pages.set(number, page.photos);
    this.forget(number);
  }

  // Drop the page that is farthest from `number`.
  forget(number) {
    if (this.pages.size <= Result.KEPT) return;
    const far = [...this.pages.keys()].reduce((a, b) =>
      Math.abs(a - number) > Math.abs(b - number) ? a : b);
    this.pages.delete(far);
  }
}
