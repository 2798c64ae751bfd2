// One photo over the grid. It has an address of its own; the arrow keys, the buttons and a swipe
// lead to its neighbours in the result. What is told of it is for facts.js, zooming for zoom.js.
//
// Whoever adds to the view listens on the document: "lantern:show" ({ id }) tells that another
// photo is shown, "lantern:photo" (what /api/photos/{id} says) that all is known of it. Whoever
// changes a photo dispatches "lantern:changed" ({ id }) there, and the view asks again.

import { Facts } from "./facts.js";
import { Zoom } from "./zoom.js";

const dialog = document.getElementById("viewer");
const stage = document.getElementById("stage");
const picture = document.getElementById("picture");
const facts = document.getElementById("facts");
const buttons = { [-1]: document.getElementById("before"), 1: document.getElementById("after") };

const SWIPE = 50; // pixels; less is a tap that trembled
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Viewer {
  // `moved(photo, index)` is told when a neighbour is shown, `closed()` when the visitor closes;
  // `address(photo, index)` is where a photo's link leads.
  constructor({ moved, closed, address }) {
    this.moved = moved;
    this.closed = closed;
    this.result = null;
    this.index = null;
    this.facts = new Facts({
      address: (photo) => address(photo, this.index),
      turn: (photo) => this.turn(photo),
    });
    this.zoom = new Zoom(document.getElementById("frame"), picture, document.getElementById("zoom"));
    const close = (event) => {
      event.preventDefault();
      this.closed();
    };
    document.getElementById("close").addEventListener("click", close);
    dialog.addEventListener("cancel", close);
    for (const step of [-1, 1]) {
      buttons[step].addEventListener("click", (event) => {
        event.preventDefault();
        this.go(step);
      });
    }
    dialog.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("lantern:changed", ({ detail }) => {
      if (dialog.open && detail.id === this.id) this.facts.show(this.photo);
    });
    this.swipes();
  }

  get open() {
    return dialog.open;
  }

  // The server may have shown a photo already: make its dialog a modal one.
  adopt() {
    dialog.removeAttribute("open");
    this.raise();
  }

  // The keyboard goes to the dialog as a whole: a lit button would draw the eye from the photo.
  raise() {
    dialog.showModal();
    dialog.focus();
  }

  // Show `photo`, the one at `index` of `result` if that is known.
  show(photo, index, result) {
    this.result = result;
    this.index = index;
    this.photo = photo;
    this.id = photo.id;
    if (!dialog.open) {
      this.raise();
      facts.scrollTop = dialog.scrollTop = 0;
    }
    this.zoom.leave();
    this.light(photo);
    this.offer();
    document.dispatchEvent(new CustomEvent("lantern:show", { detail: { id: photo.id } }));
    this.facts.show(photo);
  }

  close() {
    if (!dialog.open) return;
    dialog.close();
    this.id = this.photo = null;
    this.zoom.leave();
    picture.removeAttribute("src");
  }

  // Show the thumbnail, which is here already, until the whole picture is.
  light(photo) {
    const whole = new Image();
    whole.src = `/image/${photo.id}`;
    if (!whole.complete) picture.src = `/thumb/${photo.fingerprint}.jpg`;
    picture.alt = photo.caption ?? "";
    whole.decode().then(() => {
      if (this.id !== photo.id) return;
      picture.src = whole.src;
      this.prepare();
    }, () => {}); // a picture that cannot be shown leaves its thumbnail
  }

  // Have the next picture here before it is asked for.
  async prepare() {
    if (this.index === null) return;
    const next = await this.result.beside(this.index, 1).catch(() => undefined);
    if (next && this.open) new Image().src = `/image/${next.photo.id}`;
  }

  offer() {
    const known = this.index !== null;
    const hadFocus = Object.values(buttons).includes(document.activeElement);
    for (const step of [-1, 1]) this.offerOne(step, known && this.result.leads(this.index, step));
    if (hadFocus && document.activeElement === document.body) facts.focus();
  }

  offerOne(step, there) {
    buttons[step].hidden = !there;
    buttons[step].href = there ? "#" : "";
  }

  // Show the next photo (1) or the one before (-1).
  go(step) {
    if (this.index !== null) this.goFrom(this.index, step);
  }

  // Show the result's first photo (-1) or its last (1).
  goToEnd(side) {
    if (this.index !== null) this.goFrom(side < 0 ? -1 : this.result.total, -side);
  }

  async goFrom(index, step) {
    const from = this.id;
    const next = await this.result.beside(index, step).catch(() => undefined);
    if (!next || this.id !== from || next.photo.id === from) return;
    this.show(next.photo, next.index, this.result);
    this.moved(next.photo, next.index);
  }

  // Show another photo of the same group, at the same place of the result.
  turn(photo) {
    this.show(photo, this.index, this.result);
    this.moved(photo, this.index);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const done = this.press(event.key);
    if (done) event.preventDefault();
  }

  // Do what `key` stands for; tell whether it stands for anything.
  press(key) {
    const arrow = ARROWS[key];
    if (arrow && this.zoom.near) this.zoom.pan(...arrow);
    else if (arrow && arrow[0]) this.go(arrow[0]);
    else if (key === "Home" || key === "End") this.goToEnd(key === "Home" ? -1 : 1);
    else if (key === "z") this.zoom.toggle();
    else if (key === "/") this.seek();
    else return false;
    return true;
  }

  // Close, and let the visitor search for something else.
  seek() {
    dialog.addEventListener("close", () => {
      const box = document.getElementById("q");
      box.focus();
      box.select();
    }, { once: true });
    this.closed();
  }

  swipes() {
    let start = null;
    let fingers = 0;
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch") return;
      fingers = event.isPrimary ? 1 : fingers + 1;
      start = fingers === 1 ? event : null; // two fingers zoom
    });
    stage.addEventListener("pointerup", (event) => {
      if (!start || event.pointerId !== start.pointerId) return;
      const right = event.clientX - start.clientX;
      const down = event.clientY - start.clientY;
      start = null;
      const near = this.zoom.near || (globalThis.visualViewport?.scale ?? 1) > 1.05;
      if (!near && Math.abs(right) > SWIPE && Math.abs(right) > 2 * Math.abs(down)) {
        this.go(right < 0 ? 1 : -1);
      }
    });
    stage.addEventListener("pointercancel", () => { start = null; });
    picture.draggable = false;
  }
}
