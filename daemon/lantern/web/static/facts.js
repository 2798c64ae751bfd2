// What is known of the photo that the viewer shows: its sentence, its details, the photos like it.

import { ask } from "./answers.js";

const facts = document.getElementById("facts");
const sentence = document.getElementById("viewer-sentence");
const whose = document.getElementById("viewer-whose");
const machine = document.getElementById("viewer-machine");
const tags = document.getElementById("viewer-tags");
const details = document.getElementById("viewer-details");
const group = document.getElementById("viewer-group");
const map = document.getElementById("viewer-map");
const dot = document.getElementById("viewer-dot");
const alike = document.getElementById("alike");
const original = document.getElementById("original");

export class Facts {
  // `address(photo)` is where a photo of the group leads, `turn(photo)` shows it.
  constructor({ address, turn }) {
    this.address = address;
    this.turn = turn;
    this.id = null;
  }

  // Say what the grid knows of `photo`, and the rest as soon as the server has told it.
  async show(photo) {
    this.id = photo.id;
    this.headline(photo.caption);
    if (photo.by_human !== undefined) this.attribute(photo.by_human, photo.caption);
    alike.href = `/?like=${photo.id}`;
    original.href = `/original/${photo.id}`;
    let known;
    try {
      known = await ask(`/api/photos/${photo.id}`);
    } catch (error) {
      known = { details: [{ label: "Details", parts: [{ text: error.message }] }] };
    }
    if (this.id === photo.id) this.fill(known);
  }

  headline(caption) {
    sentence.textContent = caption || "Not described";
    document.title = `${sentence.textContent} – Lantern`;
  }

  attribute(byHuman, caption) {
    whose.hidden = !caption;
    whose.textContent = byHuman ? "A person wrote this" : "Lantern’s own words";
    machine.hidden ||= !byHuman;
  }

  fill(photo) {
    const { metadata, sentence: seen, tags: named = [], details: rows = [] } = photo;
    const human = metadata?.human_caption;
    if (metadata) this.headline(human || seen);
    this.attribute(Boolean(human), human || seen);
    machine.hidden = !(human && seen);
    machine.querySelector("span").textContent = seen ?? "";
    tags.replaceChildren(...named.map(({ name }) =>
      element("li", link(`/?q=${encodeURIComponent(name)}`, name))));
    details.replaceChildren(...rows.map(({ label, parts }) =>
      element("div", element("dt", label), element("dd", ...parts.flatMap(piece)))));
    this.place(metadata?.place);
    this.gather(photo.group ?? []);
    if (metadata) document.dispatchEvent(new CustomEvent("lantern:photo", { detail: photo }));
  }

  place(place) {
    map.toggleAttribute("hidden", !place);
    if (place) dot.setAttribute("transform", `translate(${place.longitude} ${-place.latitude})`);
  }

  gather(members) {
    const hadFocus = group.contains(document.activeElement);
    group.hidden = members.length === 0;
    group.querySelector("h3").textContent = `${members.length} similar photos`;
    group.querySelector("ul").replaceChildren(...members.map((photo, number) =>
      element("li", this.member(photo, `Similar photo ${number + 1} of ${members.length}`))));
    if (hadFocus) (group.querySelector("[aria-current]") ?? facts).focus();
  }

  member(photo, label) {
    const picture = new Image(64, 64);
    picture.src = `/thumb/${photo.fingerprint}.jpg`;
    picture.alt = "";
    const made = link(this.address(photo), picture);
    made.ariaLabel = label;
    if (photo.id === this.id) made.setAttribute("aria-current", "true");
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.turn(photo);
    });
    return made;
  }
}

// A part of a row, with the comma before all but the first.
function piece({ text, link: address }, number) {
  const said = address ? link(address, text) : text;
  return number ? [", ", said] : [said];
}

function link(address, ...content) {
  const made = element("a", ...content);
  made.href = address;
  return made;
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}
