// How far the captioning is: asked for now and then, and not at all while nobody looks.

import { ask } from "./answers.js";

const EVERY_MS = 5000;
const progress = document.getElementById("progress");
const bar = document.getElementById("bar");
const text = document.getElementById("progress-text");

export class Status {
  // `grew(status)` is told when other photos can be found than before.
  constructor(first, grew) {
    this.searchable = first.searchable;
    this.grew = grew;
    this.show(first);
    this.later();
    document.addEventListener("visibilitychange", () => this.later(0));
  }

  later(delay = EVERY_MS) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.poll(), delay);
  }

  async poll() {
    try {
      const status = await ask("/api/status");
      this.show(status);
      if (status.searchable !== this.searchable) this.grew(status);
      this.searchable = status.searchable;
    } catch {
      // A search reports that Lantern does not answer; this line only waits.
    }
    this.later();
  }

  show({ photos, waiting }) {
    progress.hidden = waiting === 0;
    bar.max = Math.max(photos, 1);
    bar.value = photos - waiting;
    text.textContent =
      `captioning: ${(photos - waiting).toLocaleString("en")} of ${photos.toLocaleString("en")}`;
  }
}
