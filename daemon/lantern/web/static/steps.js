// The way back: which changes of a search make one step of it, and where in the grid each step was.
//
// A hand (who types, one opening of a menu) writes one step, however often it changes its mind. Another
// hand, a rest from typing, Enter or a photo that is opened ends it, and what follows is the next step.

import { remember, remembered } from "./memory.js";
import { address } from "./wanted.js";

export const TYPING = "typing";

const PAUSE_MS = 400; // browsers allow few changes of the address a second: wait for a pause
const KEPT = 50; // places that outlive the page
const REST_MS = 1500; // who has not typed for so long has found what was typed, or has not

export class Steps {
  // `query` is what the address says; `seen()` is where in the grid the visitor is, and `written()` is
  // told when the address changed.
  constructor({ query, seen, written }) {
    this.query = this.wanted = this.below = query;
    this.seen = seen;
    this.written = written;
    this.places = new Map(remembered("places")); // step → where in its grid the visitor was
    this.newest = Date.now(); // steps have numbers that no page before this one gave
    this.end();
    history.scrollRestoration = "manual"; // the browser cannot know where a grid to come will be
    this.name(history.state?.step);
    addEventListener("pagehide", () => {
      this.keep();
      remember("places", [...this.places].slice(-KEPT));
    });
  }

  // Where in this grid the visitor was before, null where that is not known.
  get place() {
    return this.places.get(this.step) ?? null;
  }

  // Give the entry that stands in the browser's history its number.
  name(step = this.newest += 1, where = undefined) {
    this.step = step;
    history.replaceState({ step }, "", where);
  }

  // `hand` looks for `query` now. What is typed is written after a pause, all else at once.
  take(query, hand) {
    const another = hand !== this.hand;
    if (another) {
      this.end();
      this.keep(); // now: what is found will be shown before it is written
    }
    this.hand = hand;
    this.wanted = query;
    clearTimeout(this.pausing);
    clearTimeout(this.resting);
    if (another && hand !== TYPING) this.write();
    else this.pausing = setTimeout(() => this.write(), PAUSE_MS);
    if (hand === TYPING) this.resting = setTimeout(() => this.rest(), REST_MS);
  }

  // Write what is wanted into the address: as a step for each hand.
  write() {
    clearTimeout(this.pausing);
    if (this.wanted === this.query) return;
    if (this.own) {
      history.replaceState(history.state, "", address(this.wanted));
    } else {
      this.below = this.query;
      this.step = this.newest += 1;
      history.pushState({ step: this.step }, "", address(this.wanted));
      this.own = true;
    }
    this.query = this.wanted;
    this.written();
  }

  // Write what waits; the next change is another step.
  end() {
    this.write();
    clearTimeout(this.resting);
    this.hand = null;
    this.own = false;
  }

  // Who came back by typing to what was there before need not go back to it, too.
  rest() {
    this.write();
    const nowhere = this.own && this.query === this.below;
    this.end();
    if (nowhere) history.back();
  }

  // A photo is shown over the grid, at an address of its own.
  show(state, where) {
    this.end();
    this.keep();
    this.step = 0;
    history.pushState(state, "", where);
  }

  // A photo is shown over the grid, by the address with which the page began.
  cover(state) {
    this.step = 0;
    history.replaceState(state, "");
  }

  // The grid of `query` stands where a photo was that had been opened by its address.
  uncover(query) {
    this.query = this.wanted = query;
    this.name(undefined, address(query));
  }

  keep() {
    if (!this.step) return;
    this.places.delete(this.step); // the newest is the last
    this.places.set(this.step, this.seen());
  }

  // The browser went to the step of `state`, where `query` stands.
  went(state, query) {
    this.keep();
    this.wanted = this.query; // what was typed last never got an address
    this.end();
    this.query = this.wanted = query;
    this.step = state?.step ?? 0;
  }
}
