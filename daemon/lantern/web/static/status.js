// How far the captioning is, and whether the photos that are shown are still those to be found.

import { listen } from "./listen.js";

const PAUSE_MS = 4000; // while photos pour in, the grid is not shown anew at each
const progress = document.getElementById("progress");
const bar = document.getElementById("bar");
const text = document.getElementById("progress-text");

export class Status {
  // `grew()` is told when searches may find or show something else than before; where it returns
  // false (nobody is to be disturbed now) it is told again a little later.
  constructor(first, grew) {
    this.grew = grew;
    this.known = first;
    this.due = 0;
    this.last = 0;
    this.show(first);
    listen("/api/events", "status", (status) => this.hear(status));
  }

  hear(status) {
    const { searchable, revision } = this.known;
    const changed = status.searchable !== searchable || status.revision !== revision;
    this.known = status;
    this.show(status);
    if (changed && !this.due) this.later(this.last + PAUSE_MS - performance.now());
  }

  later(delay) {
    this.due = setTimeout(() => {
      this.due = 0;
      if (document.hidden || this.grew() === false) {
        this.later(PAUSE_MS);
      } else {
        this.last = performance.now();
      }
    }, Math.max(delay, 0));
  }

  show({ photos, waiting }) {
    progress.hidden = waiting === 0;
    bar.max = Math.max(photos, 1);
    bar.value = photos - waiting;
    text.textContent =
      `captioning: ${(photos - waiting).toLocaleString("en")} of ${photos.toLocaleString("en")}`;
  }
}
