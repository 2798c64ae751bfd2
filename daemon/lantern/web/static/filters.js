// The filters: a chip each, with its menu. What is chosen stands in the query; these only show it.

import { element } from "./found.js";
import { Months } from "./months.js";
import { address, changed, FILTERS, inWords, none, number, period, unfiltered } from "./wanted.js";

const NAMES = { month: ["from", "to"] };
const MANY = 12; // values; more than these get a field to look for one
const WIDTH = { month: 620 };
const PLAIN_WIDTH = 340;
const ORDER = new Intl.Collator("en", { numeric: true });

export class Filters {
  // `choose(values, again)` is told which parameters the visitor changes; `again` where they
  // change what they have just chosen in the same menu.
  constructor(row, choose) {
    this.row = row;
    this.choose = choose;
    this.facets = {};
    this.chips = [...row.querySelectorAll(".chip[data-facet]")];
    for (const chip of this.chips) this.prepare(chip);
    const clear = document.getElementById("clear");
    clear.addEventListener("click", (event) => {
      event.preventDefault();
      choose(none(FILTERS));
    });
    this.clear = clear;
  }

  prepare(chip) {
    const { facet } = chip.dataset;
    const names = NAMES[facet] ?? [facet];
    const drop = chip.querySelector(".drop");
    if (!drop) {
      const box = chip.querySelector("input");
      box.addEventListener("change", () => this.choose({ [facet]: box.checked ? "1" : "" }));
      return;
    }
    drop.addEventListener("click", (event) => {
      event.preventDefault();
      chip.querySelector("button").focus();
      this.choose(none(names));
    });
    const menu = chip.querySelector(".menu");
    menu.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") this.open(chip, menu, facet);
    });
    menu.addEventListener("toggle", ({ newState }) => {
      if (newState === "open") reveal(menu.querySelector(".values :checked"));
    });
    // Who points at a value has chosen; who walks through them by arrow keys looks on.
    menu.addEventListener("pointerdown", () => { this.pointed = true; });
    menu.addEventListener("keydown", (event) => {
      this.pointed = false;
      if (press(event, menu)) event.preventDefault(); // else Enter sends the form
    });
  }

  // Show what `query` says, and what it could say by `facets`.
  show(query, facets) {
    this.query = query;
    this.facets = facets;
    const said = new URLSearchParams(query);
    for (const chip of this.chips) this.draw(chip, said);
    this.clear.hidden = !FILTERS.some((name) => said.has(name));
    this.clear.href = address(unfiltered(query));
    if (this.months) this.months.show(said.get("from"), said.get("to"), facets.month ?? []);
  }

  draw(chip, said) {
    const { facet, label } = chip.dataset;
    const offered = this.facets[facet] ?? [];
    const value = facet === "month" ? period(said.get("from"), said.get("to"))
      : said.has(facet) ? inWords(facet, said.get(facet)) : "";
    if (offered.length > 0 || value) chip.hidden = false; // once there, it stays: nothing jumps
    chip.classList.toggle("chosen", value !== "");
    const box = chip.querySelector("input[type=checkbox]");
    if (box) {
      box.checked = value !== "";
      chip.querySelector("small").textContent = number(offered[0]?.[1] ?? 0);
      return;
    }
    chip.querySelector("button .hidden").textContent = value ? `${label}: ` : "";
    chip.querySelector(".said").textContent = value || label;
    const drop = chip.querySelector(".drop");
    drop.hidden = value === "";
    drop.ariaLabel = `Remove ${label.toLowerCase()}: ${value}`;
    drop.href = address(changed(this.query, none(NAMES[facet] ?? [facet])));
    for (const radio of chip.querySelectorAll(".values input")) {
      radio.checked = radio.value === (said.get(facet) ?? ""); // the way back may have changed it
    }
  }

  // ---- Menus

  open(chip, menu, facet) {
    this.again = false;
    const width = Math.min(WIDTH[facet] ?? PLAIN_WIDTH, innerWidth - 32);
    const { left, bottom } = chip.getBoundingClientRect();
    menu.style.setProperty("--left", `${Math.max(16, Math.min(left, innerWidth - width - 16))}px`);
    menu.style.setProperty("--top", `${bottom + 8}px`);
    menu.style.setProperty("--width", `${width}px`);
    const title = element("h2", chip.dataset.label);
    const done = element("button", "Done");
    done.type = "button";
    done.className = "done";
    done.popoverTargetElement = menu;
    done.popoverTargetAction = "hide";
    const head = element("div", title, done);
    head.className = "head";
    menu.replaceChildren(head, ...(facet === "month" ? this.dates() : this.values(facet, menu)));
    invite(menu);
  }

  pick(values) {
    this.choose(values, this.again);
    this.again = true;
  }

  dates() {
    const said = new URLSearchParams(this.query);
    this.months ??= new Months((since, until) => this.pick({ from: since, to: until }));
    this.months.show(said.get("from"), said.get("to"), this.facets.month ?? []);
    return [this.months.element];
  }

  // A list of values to choose one from.
  values(facet, menu) {
    const chosen = new URLSearchParams(this.query).get(facet) ?? "";
    const offered = this.offered(facet, chosen);
    const rows = element("div", row(facet, "", "Any", undefined, chosen === ""),
      ...offered.map(([value, photos]) =>
        row(facet, value, inWords(facet, value), photos, value === chosen)));
    rows.className = "values";
    rows.role = "radiogroup";
    rows.ariaLabel = menu.ariaLabel;
    rows.addEventListener("change", (event) => {
      this.pick({ [facet]: event.target.value });
      if (this.pointed) menu.hidePopover();
    });
    return offered.length > MANY ? finder(rows) : [rows];
  }

  offered(facet, chosen) {
    const offered = [...this.facets[facet] ?? []];
    if (chosen && !offered.some(([value]) => value === chosen)) {
      offered.unshift([chosen, 0]);
    }
    if (facet === "folder") offered.sort(([a], [b]) => ORDER.compare(a, b));
    return offered;
  }
}

function row(facet, value, text, photos, checked) {
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: `choose-${facet}`, value, checked });
  radio.setAttribute("form", ""); // its choice goes into the query, not into the form
  const name = element("span", text);
  const label = element("label", radio, name);
  if (photos !== undefined) label.append(element("small", number(photos)));
  if (facet === "folder" && value) indent(name, value);
  return label;
}

// A folder in a list of folders: its own name, set in by its depth, the whole path for the ear.
function indent(name, path) {
  const parts = path.split("/");
  const own = element("span", parts.at(-1));
  own.ariaHidden = "true";
  own.style.paddingLeft = `${(parts.length - 1) * 16}px`;
  const whole = element("span", path);
  whole.className = "hidden";
  name.replaceChildren(whole, own);
}

// A field that leaves only the rows with its words.
function finder(rows) {
  const field = document.createElement("input");
  Object.assign(field, { type: "search", placeholder: "Find", className: "finder" });
  field.ariaLabel = "Find in this list";
  field.setAttribute("form", "");
  const none = element("p");
  none.className = "none";
  none.role = "status";
  field.addEventListener("input", () => {
    const word = field.value.trim().toLowerCase();
    for (const label of rows.children) {
      label.hidden = word !== "" && !label.textContent.toLowerCase().includes(word);
    }
    none.textContent = matches(rows).length ? "" : `Nothing here is called “${field.value.trim()}”`;
  });
  return [field, none, rows];
}

// ---- The keyboard in a menu

// Have the browser give the keyboard to the menu as it opens: no key is lost that is pressed at once.
// Not on a phone, where a keyboard would cover the half of it.
function invite(menu) {
  if (matchMedia("(hover: none)").matches) return;
  const first = menu.querySelector(".finder") ?? menu.querySelector(".values :checked");
  if (first) first.autofocus = true;
}

// Scroll to what is chosen.
function reveal(chosen) {
  if (chosen) chosen.closest(".values").scrollTop = chosen.parentElement.offsetTop - 120;
}

function matches(menu) {
  return [...menu.querySelectorAll("label:not([hidden]) > [type=radio]")];
}

// Do what the key stands for that the browser's own keys of lists and fields do not; tell whether.
function press({ key, target }, menu) {
  if (key === "Escape") menu.hidePopover();
  else if (target.type === "radio") return pressInList(key, target, menu);
  else if (target.className === "finder") return pressInFinder(key, target, menu);
  else return false;
  return true;
}

function pressInList(key, radio, menu) {
  const field = menu.querySelector(".finder");
  if (key === "Enter") take(radio, menu);
  else if (key === "ArrowUp" && field && radio === matches(menu)[0]) field.focus();
  else return false;
  return true;
}

function pressInFinder(key, field, menu) {
  const found = matches(menu);
  if (key === "Enter") {
    const word = field.value.trim().toLowerCase();
    const meant = found.length === 1 ? found[0]
      : found.find(({ value }) => word !== "" && value.toLowerCase() === word);
    if (meant) take(meant, menu);
    else found[0]?.focus();
  } else if (key === "ArrowDown") {
    const next = found.find(({ checked }) => checked) ?? found[0];
    next?.focus();
    next?.click(); // as an arrow between two values does
  } else {
    return false;
  }
  return true;
}

// Choose `radio`, and be done.
function take(radio, menu) {
  radio.click();
  menu.hidePopover();
}
