// The status page, live: shows anew what has changed, as the server says it in words.

import { install } from "./install.js";
import { listen } from "./listen.js";

const summary = document.getElementById("summary");
const troubles = document.getElementById("troubles");
const sections = document.getElementById("sections");
const live = document.getElementById("live");

let shown = JSON.parse(document.getElementById("first").textContent);

function show(told) {
  const differs = (name) => JSON.stringify(told[name]) !== JSON.stringify(shown[name]);
  if (["mood", "headline", "note"].some(differs)) summarize(told);
  if (differs("troubles")) {
    troubles.replaceChildren(...told.troubles.map((sentence) => make("li", sentence)));
    troubles.hidden = told.troubles.length === 0;
  }
  if (differs("sections")) arrange(told.sections);
  shown = told;
}

function summarize({ mood, headline, note }) {
  summary.dataset.mood = mood;
  const [title, text] = summary.children;
  title.textContent = headline;
  text.textContent = note;
}

// A section that says the same stays as it is: somebody may be reading or copying it.
function arrange(told) {
  const before = new Map(shown.sections.map((section) => [section.id, JSON.stringify(section)]));
  const elements = told.map((section) => {
    const there = document.getElementById(section.id);
    return there && before.get(section.id) === JSON.stringify(section) ? there : made(section);
  });
  const stay = new Set(elements);
  for (const old of [...sections.children]) if (!stay.has(old)) old.remove();
  elements.forEach((element, place) => {
    if (sections.children[place] !== element) {
      sections.insertBefore(element, sections.children[place] ?? null);
    }
  });
}

function made({ id, title, rows, entries, note }) {
  const heading = make("h2", title);
  heading.id = `${id}-title`;
  const section = make("section", heading);
  section.id = id;
  section.setAttribute("aria-labelledby", heading.id);
  if (rows.length) section.append(make("dl", ...rows.map(row)));
  if (entries.length) section.append(classed("entries", make("ul", ...entries.map(entry))));
  if (note) section.append(classed("note", make("p", note)));
  return section;
}

function row({ label, text, note, level, share }) {
  const value = make("dd", text);
  if (share !== null) {
    const bar = make("progress");
    bar.max = 1;
    bar.value = share;
    bar.setAttribute("aria-hidden", "true");
    value.append(bar);
  }
  if (note) value.append(make("small", note));
  return classed(level, make("div", make("dt", label), value));
}

function entry({ text, files, names }) {
  const count = `${files.toLocaleString("en")} ${files === 1 ? "file" : "files"}`;
  const item = make("li", make("p", `${text} `, classed("files", make("span", count))));
  if (names.length) {
    item.append(classed("names", make("ul", ...names.map((name) => make("li", name)))));
  }
  return item;
}

function make(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

function classed(name, element) {
  if (name) element.className = name;
  return element;
}

function tell(connected) {
  live.hidden = false;
  live.textContent = connected
    ? "What changes appears here by itself."
    : "Lantern does not answer. This is what it said last; trying again by itself.";
  live.classList.toggle("away", !connected);
}

listen("/api/events?report=1", "report", show, tell);
install();
