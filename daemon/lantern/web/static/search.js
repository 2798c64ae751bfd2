// Asks for results in order: each key may show its own, but none that is older than what is shown.

import { ask, Result } from "./answers.js";

const AT_ONCE = 3; // questions under way; the oldest gives way
const FIRST_PATIENCE_MS = 1000;
const MOST_PATIENCE_MS = 10000;

export class Search {
  // `found(answer, query, how)` is told of each result, with the `how` of its question,
  // `failed(error)` of a trouble, and `busy(whether)` whether the newest question waits for its answer.
  constructor({ found, failed, busy }) {
    this.found = found;
    this.failed = failed;
    this.busy = busy;
    this.asked = 0;
    this.pending = new Map(); // number of the question → its AbortController
    this.patience = FIRST_PATIENCE_MS;
  }

  async ask(query, how = {}) {
    clearTimeout(this.retry);
    const number = this.asked += 1;
    const control = new AbortController();
    this.pending.set(number, control);
    if (this.pending.size > AT_ONCE) this.drop(number - AT_ONCE);
    this.busy(true);
    try {
      const answer = await ask(`/api/search?${withLimit(query)}`, control.signal);
      if (!this.pending.has(number)) return;
      this.drop(number);
      this.patience = FIRST_PATIENCE_MS;
      this.found(answer, query, how);
    } catch (error) {
      if (number === this.asked && error.name !== "AbortError") this.complain(error, query, how);
    } finally {
      this.pending.delete(number);
      if (number === this.asked) this.busy(false);
    }
  }

  // Forget the question `number` and those before it.
  drop(number) {
    for (const [each, control] of this.pending) {
      if (each > number) continue;
      this.pending.delete(each);
      if (each < number || this.asked > number) control.abort();
    }
  }

  // What is shown stays until a search succeeds; this keeps trying by itself.
  complain(error, query, how) {
    this.failed(error);
    if (error.status && error.status < 500) return; // asking again would be refused again
    this.retry = setTimeout(() => this.ask(query, how), this.patience);
    this.patience = Math.min(this.patience * 2, MOST_PATIENCE_MS);
  }
}

function withLimit(query) {
  const asked = new URLSearchParams(query);
  asked.set("limit", Result.PAGE);
  return asked;
}
