// One photo over the grid. It has an address of its own; the arrow keys, the buttons and a swipe
// lead to its neighbours in the result.

import { ask } from "./answers.js";

const dialog = document.getElementById("viewer");
const stage = document.getElementById("stage");
const picture = document.getElementById("picture");
const facts = document.getElementById("facts");
const sentence = document.getElementById("viewer-sentence");
const machine = document.getElementById("viewer-machine");
const tags = document.getElementById("viewer-tags");
const details = document.getElementById("viewer-details");
const group = document.getElementById("viewer-group");
const alike = document.getElementById("alike");
const buttons = { [-1]: document.getElementById("before"), 1: document.getElementById("after") };

const SWIPE = 50; // pixels; less is a tap that trembled

export class Viewer {
  // `moved(photo, index)` is told when a neighbour is shown, `closed()` when the visitor closes;
  // `address(photo, index)` is where a photo's link leads.
  constructor({ moved, closed, address }) {
    this.address = address;
    this.moved = moved;
    this.closed = closed;
    this.result = null;
    this.index = null;
    document.getElementById("close").addEventListener("click", (event) => {
      event.preventDefault();
      this.closed();
    });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.closed();
    });
    dialog.addEventListener("keydown", (event) => this.key(event));
    for (const step of [-1, 1]) {
      buttons[step].addEventListener("click", (event) => {
        event.preventDefault();
        this.go(step);
      });
    }
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
    this.id = photo.id;
    if (!dialog.open) {
      this.raise();
      facts.scrollTop = dialog.scrollTop = 0;
    }
    this.light(photo);
    this.headline(photo.caption ?? "");
    this.offer();
    this.describe(photo.id);
  }

  close() {
    if (!dialog.open) return;
    dialog.close();
    this.id = null;
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

  headline(caption) {
    sentence.textContent = caption || "Not described";
    document.title = `${sentence.textContent} – Lantern`;
  }

  async describe(id) {
    let photo;
    try {
      photo = await ask(`/api/photos/${id}`);
    } catch (error) {
      if (this.id === id) this.fill({ details: [{ label: "Details", text: error.message }] });
      return;
    }
    if (this.id === id) this.fill(photo);
  }

  fill({ metadata, sentence: seen, tags: named = [], details: rows = [], group: members = [] }) {
    const human = metadata?.human_caption;
    if (metadata) this.headline(human || seen);
    machine.hidden = !(human && seen);
    machine.querySelector("span").textContent = seen ?? "";
    tags.replaceChildren(...named.map(({ name }) => {
      const link = element("a", name);
      link.href = `/?q=${encodeURIComponent(name)}`;
      return element("li", link);
    }));
    details.replaceChildren(...rows.map(({ label, text }) =>
      element("div", element("dt", label), element("dd", text))));
    document.getElementById("original").href = `/image/${this.id}`;
    alike.href = `/?like=${this.id}`;
    this.gather(members);
  }

  gather(members) {
    const hadFocus = group.contains(document.activeElement);
    group.hidden = members.length === 0;
    group.querySelector("h3").textContent = `${members.length} similar photos`;
    group.querySelector("ul").replaceChildren(...members.map((photo, number) => {
      const picture = new Image(64, 64);
      picture.src = `/thumb/${photo.fingerprint}.jpg`;
      picture.alt = "";
      const link = element("a", picture);
      link.href = this.address(photo, this.index);
      link.ariaLabel = `Similar photo ${number + 1} of ${members.length}`;
      if (photo.id === this.id) link.setAttribute("aria-current", "true");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.turn(photo);
      });
      return element("li", link);
    }));
    if (hadFocus) (group.querySelector("[aria-current]") ?? facts).focus();
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

  async go(step) {
    if (this.index === null || !this.result) return;
    const from = this.id;
    const next = await this.result.beside(this.index, step).catch(() => undefined);
    if (!next || this.id !== from) return;
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
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.go(step);
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
      const zoomed = (globalThis.visualViewport?.scale ?? 1) > 1.05;
      if (!zoomed && Math.abs(right) > SWIPE && Math.abs(right) > 2 * Math.abs(down)) {
        this.go(right < 0 ? 1 : -1);
      }
    });
    stage.addEventListener("pointercancel", () => { start = null; });
    picture.draggable = false;
  }
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}
