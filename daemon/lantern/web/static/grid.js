// The grid: rows of whole photos, each row as wide as the page. Only the rows near the window exist,
// and a photo's place is computed from its shape, so nothing moves when a picture arrives.
//
// The result is cut into blocks, one for each page of the API. A block whose page was never here has
// the height that such a block is likely to have: so the scrollbar covers the whole result, and any
// place is reached without asking for what lies before it. When a block above the window turns out
// higher or lower, the window moves along, and what is seen stays where it is.

import { cellOf, fill } from "./cell.js";
import { rows } from "./rows.js";

const ROW_GAP = 18;
const CAPTION_GAP = 6;
const LINE = 20; // these two as in page.css
const LINES = 3;
const BOLD = 1.06; // so much longer a caption gets by its marks,
const RAGGED = 1.15; // and by words that do not fill their lines
const NARROWEST = 0.6; // shapes beyond these are cut, so that every caption has room
const WIDEST = 3;
const AT_ONCE = 2; // pages asked for at the same time

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

  // Show `result` from its beginning.
  show(result) {
    this.result = result;
    this.list.classList.add("live");
    if (this.cells.size === 0) this.list.replaceChildren();
    this.blocks = Array(Math.ceil(result.reach / result.constructor.PAGE)).fill(null);
    this.likely = 0;
    this.failed = new Set();
    this.under = new Set();
    this.measure();
    if (this.blocks.length > 0) this.learn(0);
    this.stack();
    this.draw();
  }

  // ---- Layout

  measure() {
    const { columnGap, fontFamily } = getComputedStyle(this.list);
    const width = this.width = this.list.clientWidth;
    const phone = width < 616;
    this.form = {
      width,
      gap: parseFloat(columnGap),
      target: phone ? width / 2.6 : Math.min(Math.max(innerWidth * 0.15, 160), 250),
      most: phone ? 2 : 12,
    };
    this.ruler.font = `14px ${fontFamily}`;
  }

  // Lay out the block number `number`, whose page is here.
  learn(number) {
    const photos = [];
    for (const [place, photo] of this.result.pages.get(number)) {
      if (!this.result.at(place)) continue; // a similar one is shown
      const ratio = Math.min(Math.max(photo.width / photo.height || 1, NARROWEST), WIDEST);
      photos.push({ place, ratio, length: this.ruler.measureText(photo.caption).width });
    }
    this.blocks[number] = this.lay(photos, number === this.blocks.length - 1);
    if (!this.likely) this.likely = this.blocks[number].height / Math.max(photos.length, 1);
  }

  lay(photos, end) {
    let top = 0;
    const block = { photos, rows: [] };
    for (const row of rows(photos.map(({ ratio }) => ratio), { ...this.form, end })) {
      const lines = this.lines(photos.slice(row.start, row.stop), row.picture);
      const height = Math.round(row.picture + CAPTION_GAP + LINE * lines);
      block.rows.push({ ...row, top, height, lines });
      top += height + ROW_GAP;
    }
    block.height = top;
    return block;
  }

  // The lines that the longest caption of a row takes, so that short ones leave no hole.
  lines(photos, picture) {
    let most = 1;
    for (const { ratio, length } of photos) {
      const fill = length / (ratio * picture);
      if (fill * BOLD > 1) most = Math.max(most, 2, Math.ceil(fill * RAGGED));
    }
    return Math.min(most, LINES);
  }

  // Put the blocks below each other.
  stack() {
    const page = this.result.constructor.PAGE;
    let top = 0;
    this.tops = this.blocks.map((block, number) => {
      const here = top;
      const photos = Math.min(page, this.result.reach - number * page);
      top += block ? block.height : Math.round(this.likely * photos);
      return here;
    });
    this.height = top;
    this.list.style.height = `${Math.max(top - ROW_GAP, 0)}px`;
  }

  // Change the layout, and move the window along with what is seen in it.
  keeping(change) {
    const seen = scrollY > this.list.offsetTop ? this.seen() : null;
    const before = seen && this.topOf(seen);
    change();
    this.stack();
    if (seen) scrollBy({ top: this.topOf(seen) - before, behavior: "instant" });
  }

  // The first photo of the topmost row in the window that is here.
  seen() {
    const top = this.windowTop;
    for (let number = this.blockAt(top); this.tops[number] < top + innerHeight; number += 1) {
      const block = this.blocks[number];
      const row = block?.rows.find((each) => this.tops[number] + each.top + each.height > top);
      if (row) return { number, place: block.photos[row.start].place };
    }
    return null;
  }

  topOf({ number, place }) {
    return this.tops[number] + this.find(number, place).row.top;
  }

  get windowTop() {
    return scrollY - this.list.offsetTop;
  }

  resize() {
    if (!this.result || this.list.clientWidth === this.width) return;
    this.keeping(() => {
      this.measure();
      const last = this.blocks.length - 1;
      const known = this.blocks.filter(Boolean);
      this.blocks = this.blocks.map((block, at) => block && this.lay(block.photos, at === last));
      const photos = known.reduce((sum, block) => sum + block.photos.length, 0);
      const height = this.blocks.reduce((sum, block) => sum + (block?.height ?? 0), 0);
      this.likely = height / Math.max(photos, 1);
    });
    this.draw();
  }

  // The number of the block at the height `top` of the list, or the nearest.
  blockAt(top) {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= top) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  // Where the photo at `place` of the result, or the next one shown, stands in its block.
  find(number, place) {
    const { photos, rows: broken } = this.blocks[number];
    const at = Math.max(photos.findIndex((photo) => photo.place >= place), 0);
    const row = broken.findIndex(({ stop }) => at < stop);
    return { at, row: broken[row], number: row };
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
    const wanted = new Map();
    const veiled = new Set();
    const missing = [];
    for (let number = this.blockAt(top); this.tops[number] < bottom; number += 1) {
      if (!this.blocks[number] && this.result.pages.has(number)) return this.arrive(number);
      if (this.blocks[number]) {
        this.drawBlock(number, top, bottom, wanted);
      } else {
        veiled.add(number);
      }
      if (!this.result.pages.has(number)) missing.push(number); // or it was here, and was forgotten
    }
    this.clear(wanted);
    this.inOrder(wanted);
    this.veil(veiled);
    this.want(missing, here + innerHeight / 2);
  }

  // Lay out the block `number`, whose page has come.
  arrive(number) {
    this.keeping(() => this.learn(number));
    this.draw();
  }

  drawBlock(number, top, bottom, wanted) {
    const { photos, rows: broken } = this.blocks[number];
    const base = this.tops[number];
    for (const row of broken) {
      if (base + row.top > bottom || base + row.top + row.height < top) continue;
      let left = 0;
      for (let at = row.start; at < row.stop; at += 1) {
        const { place, ratio } = photos[at];
        const width = ratio * row.picture;
        const photo = this.result.at(place);
        const where = { left, top: base + row.top, width };
        if (photo) wanted.set(photo.id, this.cell(photo, place, row, where));
        left += width + this.form.gap;
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
      if (numbers.has(number)) continue;
      veil.remove();
      this.veils.delete(number);
    }
    for (const number of numbers) {
      const veil = this.veils.get(number) ?? document.createElement("li");
      veil.className = "veil";
      veil.ariaHidden = "true";
      const height = (this.tops[number + 1] ?? this.height) - this.tops[number] - ROW_GAP;
      veil.style.transform = `translate(0, ${this.tops[number]}px)`;
      veil.style.height = `${Math.max(height, 0)}px`;
      veil.style.setProperty("--picture", `${Math.round(this.form.target)}px`);
      if (!this.veils.has(number)) this.list.append(veil);
      this.veils.set(number, veil);
    }
  }

  // ---- Fetching

  // Ask for the pages `numbers`, the nearest to the `middle` of the window first; whatever was wanted
  // before and is not under way was passed by.
  want(numbers, middle) {
    const away = (number) =>
      Math.abs((this.tops[number] + (this.tops[number + 1] ?? this.height)) / 2 - middle);
    this.wants = numbers.filter((number) => !this.failed.has(number) && !this.under.has(number))
      .sort((a, b) => away(a) - away(b));
    while (this.wants.length > 0 && this.under.size < AT_ONCE) this.fetch(this.wants.shift());
  }

  async fetch(number) {
    const { result, under, failed } = this;
    under.add(number);
    try {
      await result.load(number);
    } catch {
      // The search itself reports that Lantern does not answer; later scrolling tries again.
      failed.add(number);
      setTimeout(() => failed.delete(number), 2000);
    }
    under.delete(number);
    if (this.result === result) this.soon();
  }

  // ---- The keyboard

  // Scroll so that the photo at `place` of the result is seen, and return its cell if it is here.
  reveal(place) {
    const number = Math.floor(place / this.result.constructor.PAGE);
    if (!this.blocks[number] && this.result.pages.has(number)) this.keeping(() => this.learn(number));
    if (!this.blocks[number]?.rows.length) return undefined;
    const { at, row } = this.find(number, place);
    const top = this.tops[number] + row.top;
    const bar = document.querySelector(".bar").offsetHeight + 8;
    if (top < this.windowTop + bar) {
      scrollTo({ top: this.list.offsetTop + top - bar, behavior: "instant" });
    } else if (top + row.height > this.windowTop + innerHeight) {
      scrollTo({ top: this.list.offsetTop + top + row.height - innerHeight + 8, behavior: "instant" });
    }
    this.draw();
    return this.cells.get(this.result.at(this.blocks[number].photos[at].place)?.id);
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
    const here = Math.floor(place / this.result.constructor.PAGE);
    const { at, row, number } = this.find(here, place);
    const middle = this.middle(this.blocks[here], row, at);
    const there = await this.rowBeside(here, number, down ? 1 : -1);
    if (!there) return down ? place : -1;
    const { block, row: other } = there;
    let best = other.start;
    for (let each = other.start; each < other.stop; each += 1) {
      const gain = Math.abs(this.middle(block, other, each) - middle);
      if (gain < Math.abs(this.middle(block, other, best) - middle)) best = each;
    }
    return block.photos[best].place;
  }

  async rowBeside(number, row, step) {
    const within = this.blocks[number].rows[row + step];
    if (within) return { block: this.blocks[number], row: within };
    for (let next = number + step; next >= 0 && next < this.blocks.length; next += step) {
      if (!this.result.pages.has(next)) await this.result.load(next);
      if (!this.blocks[next]) this.keeping(() => this.learn(next));
      const block = this.blocks[next];
      if (block.rows.length) return { block, row: block.rows.at(step < 0 ? -1 : 0) };
    }
    return null;
  }

  middle({ photos }, row, at) {
    const before = photos.slice(row.start, at).reduce((sum, { ratio }) => sum + ratio, 0);
    return (before + photos[at].ratio / 2) * row.picture + (at - row.start) * this.form.gap;
  }
}
