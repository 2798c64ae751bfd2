// When the photos were taken: a histogram to brush over. Two sliders say the same for the keyboard
// and for screen readers, two fields say it to the day, and a tap on a year takes that year.
//
// The axis has the years that any result had photos in, so that it stays while the visitor types,
// and one photo with a wrong date does not push all others together.

import { element } from "./found.js";
import { dated, firstDay, lastDay, number, period, shortest } from "./wanted.js";

const SVG = "http://www.w3.org/2000/svg";
const TALL = 100; // units of the drawing, stretched to its element
const NARROWEST = 3; // pixels of a bar; where months are narrower, a bar takes three, or a year
const TREMBLE = 4; // pixels; a shorter way of the pointer is a tap

export class Months {
  // `choose(since, until)` is told both ends in the terms of the query, "" where there is none.
  constructor(choose) {
    this.choose = choose;
    this.years = [];
    this.photos = new Map(); // "2019-07" → photos
    this.build();
    new ResizeObserver(() => this.draw()).observe(this.chart);
  }

  build() {
    this.chart = document.createElementNS(SVG, "svg");
    this.chart.classList.add("chart");
    this.chart.setAttribute("preserveAspectRatio", "none");
    this.chart.setAttribute("aria-hidden", "true");
    [this.band, this.bars, this.lit] = ["rect", "path", "path"].map((name, at) => {
      const shape = document.createElementNS(SVG, name);
      shape.classList.add(["band", "bars", "lit"][at]);
      this.chart.append(shape);
      return shape;
    });
    this.axis = element("div");
    this.axis.className = "axis";
    this.axis.ariaHidden = "true";
    this.said = element("p");
    this.said.className = "brushed";
    this.handles = ["From", "To"].map((label) => this.handle(label));
    const brush = element("div", this.chart, ...this.handles, this.axis);
    brush.className = "brush";
    this.days = ["From", "To"].map((label) => this.day(label));
    const days = element("div", ...this.days.map((day) => day.parentElement));
    days.className = "days";
    this.element = element("div", this.said, brush, days);
    this.element.className = "months";
    this.brush(brush);
  }

  handle(label) {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, step: 1 });
    slider.ariaLabel = label;
    slider.setAttribute("form", "");
    slider.addEventListener("input", () => {
      const [from, to] = this.handles.map(({ value }) => Number(value));
      if (slider === this.handles[0]) this.take(Math.min(from, to - 1), to);
      else this.take(from, Math.max(to, from + 1));
    });
    return slider;
  }

  day(label) {
    const field = document.createElement("input");
    field.type = "date";
    field.setAttribute("form", "");
    field.addEventListener("change", () => {
      const [since, until] = this.days.map(({ value }) => value);
      if (since && until && since > until) this.choose(field.value, field.value);
      else this.choose(since, until);
    });
    const whole = element("label", `${label} `, field);
    return whole.querySelector("input");
  }

  // Show the period from `since` to `until`, and how many photos each month has.
  show(since, until, counts) {
    this.photos = new Map(counts);
    const known = new Set([...this.years, ...counts.map(([month]) => month.slice(0, 4))]);
    this.years = [...known].sort();
    this.since = since ? firstDay(since) : "";
    this.until = until ? lastDay(until) : "";
    const from = since ? this.before(this.since.slice(0, 7)) : 0;
    const to = until ? this.before(this.until.slice(0, 7), 1) : this.ends;
    this.span = [Math.min(from, Math.max(to - 1, 0)), Math.max(to, from + 1)];
    this.days[0].value = this.since;
    this.days[1].value = this.until;
    this.draw();
  }

  get ends() {
    return this.years.length * 12;
  }

  // The month number `at` of the axis, as "2019-07".
  month(at) {
    const year = this.years[Math.floor(at / 12)] ?? "2000";
    return `${year}-${String(at % 12 + 1).padStart(2, "0")}`;
  }

  // How many months of the axis lie before `month`, and it itself if `more` is 1.
  before(month, more = 0) {
    const years = this.years.filter((year) => year < month.slice(0, 4)).length;
    const within = this.years.includes(month.slice(0, 4)) ? Number(month.slice(5)) - 1 + more : 0;
    return years * 12 + within;
  }

  // Choose the months from number `from` to before number `to` of the axis.
  take(from, to) {
    const first = firstDay(this.month(from));
    const last = lastDay(this.month(to - 1));
    const [since, until] = shortest(first, last);
    this.choose(from > 0 ? since : "", to < this.ends ? until : "");
  }

  // ---- Drawing

  draw() {
    const width = this.chart.clientWidth;
    if (!this.ends || !width) return;
    const [from, to] = this.span;
    this.chart.setAttribute("viewBox", `0 0 ${this.ends} ${TALL}`);
    this.columns([1, 3, 12].find((months) => width / this.ends * months >= NARROWEST) ?? 12);
    const whole = from === 0 && to === this.ends;
    const band = { x: from, y: 0, width: whole ? 0 : to - from, height: TALL };
    for (const [name, value] of Object.entries(band)) this.band.setAttribute(name, value);
    this.say(from, to);
    this.label(width);
  }

  // Draw a column for each `months` months.
  columns(months) {
    const [from, to] = this.span;
    const starts = Array.from({ length: this.ends / months }, (_, number) => number * months);
    const sums = starts.map((at) => this.sum(at, at + months));
    const most = Math.max(...sums, 1);
    const drawn = { inside: "", outside: "" };
    starts.forEach((at, number) => {
      const side = at + months > from && at < to ? "inside" : "outside";
      if (sums[number]) drawn[side] += column(at, months, sums[number] / most);
    });
    this.bars.setAttribute("d", drawn.outside);
    this.lit.setAttribute("d", drawn.inside);
  }

  // How many photos the months from number `from` to before number `to` have.
  sum(from, to) {
    let photos = 0;
    for (let at = from; at < to; at += 1) photos += this.photos.get(this.month(at)) ?? 0;
    return photos;
  }

  say(from, to) {
    this.handles.forEach((slider, end) => {
      slider.max = this.ends;
      slider.value = this.span[end];
      slider.ariaValueText = dated(this.month(Math.max(this.span[end] - end, 0)));
    });
    const [first, last] = shortest(firstDay(this.month(from)), lastDay(this.month(to - 1)));
    const photos = this.sum(from, to);
    const when = first === last ? dated(first) : `${dated(first)} to ${dated(last)}`;
    const count = `: ${number(photos)} ${photos === 1 ? "photo" : "photos"}`;
    this.said.textContent = this.exact ? period(this.since, this.until) : when + count;
  }

  // Whether a day is chosen within a month, whose photos are not counted.
  get exact() {
    const { since, until } = this;
    return since && !since.endsWith("-01") || until && until !== lastDay(until.slice(0, 7));
  }

  // As many years as have room beside each other.
  label(width) {
    const step = Math.ceil(44 / (width / this.years.length));
    const key = `${this.years} ${step}`;
    if (this.axis.key === key) return;
    this.axis.key = key;
    this.axis.replaceChildren(...this.years.map((year, at) =>
      element("span", at % step === 0 ? year : "")));
  }

  // ---- The hand

  brush(surface) {
    let begun = null; // where the pointer went down
    const at = (event) => {
      const { left, width } = this.chart.getBoundingClientRect();
      const part = (event.clientX - left) / width;
      return Math.min(Math.max(Math.floor(part * this.ends), 0), this.ends - 1);
    };
    surface.addEventListener("pointerdown", (event) => {
      if (event.target.type === "range" || event.button !== 0 || !this.ends) return;
      begun = { x: event.clientX, at: at(event), moved: false };
      surface.setPointerCapture(event.pointerId);
    });
    surface.addEventListener("pointermove", (event) => {
      if (!begun || !begun.moved && Math.abs(event.clientX - begun.x) < TREMBLE) return;
      begun.moved = true;
      const here = at(event);
      this.brushed(Math.min(begun.at, here), Math.max(begun.at, here) + 1);
    });
    surface.addEventListener("pointerup", (event) => {
      const below = event.clientY > this.chart.getBoundingClientRect().bottom;
      if (begun && !begun.moved) this.tap(begun.at, below);
      begun = null;
    });
    surface.addEventListener("pointercancel", () => { begun = null; });
  }

  brushed(from, to) {
    if (from === this.span[0] && to === this.span[1]) return;
    this.span = [from, to];
    this.draw();
    this.take(from, to);
  }

  // A year where its name was tapped, or where a month is too narrow for a finger.
  tap(at, year) {
    const narrow = this.chart.clientWidth / this.ends < 8;
    const from = year || narrow ? at - at % 12 : at;
    this.take(from, year || narrow ? from + 12 : from + 1);
  }
}

// A bar `part` as tall as the tallest; the root, so that few photos are seen beside many.
function column(at, months, part) {
  const tall = Math.max(Math.sqrt(part) * (TALL - 4), 3);
  return `M${at + months * 0.08} ${TALL}v${-tall.toFixed(1)}h${months * 0.84}V${TALL}z`;
}
