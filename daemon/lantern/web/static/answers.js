// Asks the API. Turns whatever comes back into values, or into one sentence for people.

export class Trouble extends Error {}

export async function ask(address, signal, more = {}) {
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { accept: "application/json" }, ...more });
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
  static PAGE = 40; // fills three windows of a phone or one and a half of a desk, and is what each key costs
  static KEPT = 30;
  static REACH = 100_032; // the server goes no further: the page of its last offset

  constructor(query, first) {
    this.query = query;
    this.total = first.total;
    this.facets = first.facets ?? {};
    this.reach = Math.min(first.total, Result.REACH);
    this.pages = new Map(); // page number → Map of index → photo
    this.groups = new Map(); // group of similar photos → the page that shows it
    this.every = new URLSearchParams(query).has("all");
    this.coming = new Map();
    this.keep(0, first.photos);
  }

  // The photo at `index` if its page is here. Undefined, too, where a photo is not shown since a
  // similar one is, on the same page (by the server) or on one that was here before it.
  at(index) {
    const number = Math.floor(index / Result.PAGE);
    const photo = this.pages.get(number)?.get(index);
    const elsewhere = photo?.group && !this.every && this.groups.get(photo.group) !== number;
    return elsewhere ? undefined : photo;
  }

  // The photo shown next to the one at `index`, forwards (1) or backwards (-1), with its own index,
  // fetched if need be; undefined at the ends.
  async beside(index, step) {
    for (let at = index + step; at >= 0 && at < this.reach; at += step) {
      const number = Math.floor(at / Result.PAGE);
      if (!this.pages.has(number)) await this.load(number);
      const photo = this.at(at);
      if (photo) return { photo, index: at };
    }
    return undefined;
  }

  // Whether `beside` would find a photo, as far as that can be told without asking.
  leads(index, step) {
    for (let at = index + step; at >= 0 && at < this.reach; at += step) {
      if (!this.pages.has(Math.floor(at / Result.PAGE)) || this.at(at)) return true;
    }
    return false;
  }

  keep(number, photos) {
    this.pages.set(number, new Map(photos.map((photo) => [photo.at, photo])));
    for (const { group } of photos) {
      if (group && !this.groups.has(group)) this.groups.set(group, number);
    }
  }

  // Let the photo `id` have another caption; tell whether it is here and had another one.
  correct(id, caption, byHuman) {
    for (const page of this.pages.values()) {
      const photo = [...page.values()].find((each) => each.id === id);
      if (!photo || photo.caption === caption) continue;
      page.set(photo.at, { ...photo, caption, by_human: byHuman, matches: [] });
      return true;
    }
    return false;
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
    this.keep(number, page.photos);
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
