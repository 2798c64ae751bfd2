// The grid: rows of whole photos, each row as wide as the page. Only the rows near the window exist,
// and a photo's place is computed from its shape, so nothing moves when a picture arrives.
//
// Pages are asked for where the window is, wherever that may be. When a block above the window turns
// out higher or lower than it was likely to be, the window moves along: what is seen stays put.

import { Blocks } from "./blocks.js";
import { cellOf, fill } from "./cell.js";

const AT_ONCE = 2; // pages asked for at the same time
const AGAIN_MS = 2000; // after which a page that did not come is asked for again
const BOLD = 1.1; // so much wider a word gets by its mark,
const MARK = 3; // and by so many pixels

export class Grid {
  constructor(list, address) {
    this.list = list;
    this.address = address; // (photo, index) → where its link leads
    this.cells = new Map(); // photo id → its element, so that a photo that stays does not blink
    this.veils = new Map(); // block number → what stands for it while it is not here
    this.result = null;
    this.ruler = document.createElement("canvas").getContext("2d");
    addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.resize()).observe(list);
  }

  // Show `result`, from where it was `seen` before if that is known.
  show(result, seen = null) {
    this.result = result;
    this.list.classList.add("live");
    if (this.cells.size === 0) this.list.replaceChildren();
    this.failed = new Set();
    this.under = new Set();
    this.blocks = new Blocks(result.reach, result.constructor.PAGE, this.form());
    if (this.blocks.count > 0) this.learn(0);
    this.stretch();
    if (seen) this.returnTo(seen);
    this.draw();
  }

  // Where the visitor is: a photo at the top of the window, and how far the window is below its top.
  get seen() {
    const place = this.result && this.windowTop > 0
      ? this.blocks.first(this.windowTop, this.windowTop + innerHeight) : null;
    if (place === null) return { place: 0, below: Math.min(this.windowTop, 0) };
    return { place, below: this.windowTop - this.blocks.find(place).top };
  }

  // Scroll to where the visitor was; where its page is not here, to where it will be.
  async returnTo({ place, below }) {
    const { result } = this;
    const number = Math.floor(place / this.blocks.page);
    if (number >= this.blocks.count) return;
    const scroll = (top) => scrollTo({ top: this.list.offsetTop + top, behavior: "instant" });
    const stand = () => scroll((this.blocks.find(place)?.top ?? 0) + below);
    if (this.blocks.has(number)) return stand();
    scroll(this.blocks.span(number).top);
    await this.have(number).catch(() => {}); // as for any page that does not come
    if (this.result !== result) return;
    stand();
    this.draw();
  }

  // ---- Layout

  form() {
    const { columnGap, fontFamily } = getComputedStyle(this.list);
    this.ruler.font = `14px ${fontFamily}`;
    const width = this.width = this.list.clientWidth;
    const phone = width < 616;
    return {
      width,
      gap: parseFloat(columnGap),
      target: phone ? width / 2.6 : Math.min(Math.max(innerWidth * 0.15, 160), 250),
      most: phone ? 2 : 12,
      space: this.ruler.measureText(" ").width,
    };
  }

  // Lay out the block `number`, whose page is here.
  learn(number) {
    const photos = [];
    for (const [place, { width, height, caption, matches }] of this.result.pages.get(number)) {
      if (!this.result.at(place)) continue; // a similar one is shown
      photos.push({ place, ratio: width / height || 1, words: this.measured(caption, matches) });
    }
    this.blocks.learn(number, photos);
  }

  // The widths of a caption's words. Its matches count code points, as Python does.
  measured(caption, matches) {
    let end = -1;
    return caption.split(" ").map((word) => {
      const start = end + 1;
      end = start + [...word].length;
      const { width } = this.ruler.measureText(word);
      return matches.some(([from, to]) => from < end && to > start) ? width * BOLD + MARK : width;
    });
  }

  stretch() {
    this.list.style.height = `${this.blocks.height}px`;
  }

  // Change the layout, and move the window along with what is seen in it.
  keeping(change) {
    const top = this.windowTop;
    const seen = top > 0 ? this.blocks.first(top, top + innerHeight) : null;
    const before = seen !== null && this.blocks.find(seen).top;
    change();
    this.stretch();
    if (seen === null) return;
    scrollBy({ top: this.blocks.find(seen).top - before, behavior: "instant" });
  }

  get windowTop() {
    return scrollY - this.list.offsetTop;
  }

  resize() {
    if (!this.result || this.list.clientWidth === this.width) return;
    this.keeping(() => this.blocks.fit(this.form()));
    this.draw();
  }

  // ---- Drawing

  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  // Make the elements of the rows near the window, and only those.
  draw() {
    if (!this.result) return;
    const here = this.windowTop; // asked for once: after changes, the browser has to lay out for it
    const top = here - innerHeight;
    const bottom = here + innerHeight * 2;
    const near = this.blocks.between(top, bottom);
    const come = near.find((each) => !this.blocks.has(each) && this.result.pages.has(each));
    if (come !== undefined) {
      this.keeping(() => this.learn(come));
      this.draw();
      return;
    }
    const wanted = new Map();
    for (const number of near) this.drawBlock(number, top, bottom, wanted);
    this.clear(wanted);
    this.inOrder(wanted);
    this.veil(near.filter((each) => !this.blocks.has(each)));
    // A page that was here may have been forgotten.
    this.want(near.filter((each) => !this.result.pages.has(each)), here + innerHeight / 2);
  }

  drawBlock(number, top, bottom, wanted) {
    const block = this.blocks.known[number];
    const base = this.blocks.tops[number];
    for (const row of block?.rows ?? []) {
      if (base + row.top > bottom || base + row.top + row.height < top) continue;
      let left = 0;
      for (const { place, ratio } of block.photos.slice(row.start, row.stop)) {
        const width = ratio * row.picture;
        const photo = this.result.at(place);
        const where = { left, top: base + row.top, width };
        if (photo) wanted.set(photo.id, this.cell(photo, place, row, where));
        left += width + this.blocks.form.gap;
      }
    }
  }

  // The element of `photo`, changed only where it differs from what it was.
  cell(photo, index, row, { left, top, width }) {
    const cell = this.cells.get(photo.id) ?? cellOf(photo);
    if (cell.photo === photo && cell.row === row && cell.top === top) return cell;
    this.cells.set(photo.id, Object.assign(cell, { photo, row, top, index }));
    cell.ariaPosInSet = index + 1;
    cell.ariaSetSize = this.result.total;
    // Whole pixels: far down, the browser has no finer ones.
    const right = Math.round(left + width);
    cell.style.transform = `translate(${Math.round(left)}px, ${top}px)`;
    cell.style.width = `${right - Math.round(left)}px`;
    cell.style.height = `${row.height}px`;
    cell.style.setProperty("--lines", row.lines);
    cell.link.href = this.address(photo, index);
    fill(cell, photo, this.result.every);
    return cell;
  }

  clear(wanted) {
    for (const [id, cell] of this.cells) {
      if (wanted.has(id)) continue;
      if (cell.contains(document.activeElement) && this.result.at(cell.index)?.id === id) continue;
      cell.remove();
      this.cells.delete(id);
    }
  }

  // The tab key follows the order of elements, so it must be the order of photos.
  inOrder(wanted) {
    let next = this.list.firstElementChild;
    const cells = [...new Set([...wanted.values(), ...this.cells.values()])];
    for (const cell of cells.sort((a, b) => a.index - b.index)) {
      if (cell === next) next = next.nextElementSibling;
      else this.list.insertBefore(cell, next);
    }
  }

  // Let empty rows stand where blocks are not here yet.
  veil(numbers) {
    for (const [number, veil] of this.veils) {
      if (numbers.includes(number)) continue;
      veil.remove();
      this.veils.delete(number);
    }
    for (const number of numbers) {
      const veil = this.veils.get(number) ?? document.createElement("li");
      const { top, height } = this.blocks.span(number);
      veil.className = "veil";
      veil.ariaHidden = "true";
      veil.style.transform = `translate(0, ${top}px)`;
      veil.style.height = `${height}px`;
      veil.style.setProperty("--picture", `${Math.round(this.blocks.form.target)}px`);
      if (!veil.parentElement) this.list.append(veil);
      this.veils.set(number, veil);
    }
  }

  // ---- Fetching

  // Ask for the pages `numbers`, the nearest to the `middle` of the window first; what was wanted
  // before and is not under way was passed by.
  want(numbers, middle) {
    const away = (number) => {
      const { top, height } = this.blocks.span(number);
      return Math.abs(top + height / 2 - middle);
    };
    const wants = numbers.filter((each) => !this.failed.has(each) && !this.under.has(each))
      .sort((a, b) => away(a) - away(b));
    while (wants.length > 0 && this.under.size < AT_ONCE) this.fetch(wants.shift());
  }

  async fetch(number) {
    const { result, under, failed } = this;
    under.add(number);
    try {
      await result.load(number);
    } catch {
      // The search itself reports that Lantern does not answer; later scrolling tries again.
      failed.add(number);
      setTimeout(() => failed.delete(number), AGAIN_MS);
    }
    under.delete(number);
    if (this.result === result) this.soon();
  }

  // Have the block `number` laid out, its page fetched if need be.
  async have(number) {
    if (!this.blocks.has(number) && !this.result.pages.has(number)) await this.result.load(number);
    if (!this.blocks.has(number)) this.keeping(() => this.learn(number));
    return this.blocks.known[number];
  }

  // ---- The keyboard

  // Scroll so that the photo at `place` of the result is seen, and return its cell if it is here.
  reveal(place) {
    const page = Math.floor(place / this.blocks.page);
    if (!this.blocks.has(page) && this.result.pages.has(page)) {
      this.keeping(() => this.learn(page));
    }
    const found = this.blocks.find(place);
    if (!found) return undefined;
    const bar = document.querySelector(".bar").offsetHeight + 8;
    const list = this.list.offsetTop;
    const bottom = found.top + found.height;
    if (found.top < this.windowTop + bar) {
      scrollTo({ top: list + found.top - bar, behavior: "instant" });
    } else if (bottom > this.windowTop + innerHeight) {
      scrollTo({ top: list + bottom - innerHeight + 8, behavior: "instant" });
    }
    this.draw();
    return this.cells.get(this.result.at(found.block.photos[found.at].place)?.id);
  }

  // Give the keyboard to the photo at `place` of the result; false where there is none.
  focus(place) {
    const cell = this.result && this.reveal(place);
    cell?.link.focus({ preventScroll: true });
    return Boolean(cell);
  }

  // The place that an arrow key leads to from the one at `place`; -1 above the first row.
  async neighbour(place, key) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step) return (await this.result.beside(place, step))?.index ?? (step < 0 ? -1 : place);
    const down = key === "ArrowDown";
    const from = this.blocks.find(place);
    const there = await this.rowBeside(from, down ? 1 : -1);
    if (!there) return down ? place : -1;
    return this.blocks.nearest(there.block, there.row, from);
  }

  async rowBeside({ number, block, row }, step) {
    const within = block.rows[row + step];
    if (within) return { block, row: within };
    for (let next = number + step; next >= 0 && next < this.blocks.count; next += step) {
      const other = await this.have(next);
      if (other.rows.length) return { block: other, row: other.rows.at(step < 0 ? -1 : 0) };
    }
    return null;
  }
}
