// The grid: rows of whole photos, each row as wide as the page. Only the rows near the window
// exist; a photo's place is computed from its shape, so nothing moves when a picture arrives.

const ROW_GAP = 18;
const CAPTION_GAP = 6;
const LINE = 20; // these two as in page.css
const LINES = 3;
const BOLD = 1.06; // so much longer a caption gets by its marks,
const RAGGED = 1.15; // and by words that do not fill their lines
const NARROWEST = 0.6; // shapes beyond these are cut, so that every caption has room
const WIDEST = 3;

export class Grid {
  constructor(list, address) {
    this.list = list;
    this.address = address; // (photo, index) → where its link leads
    this.cells = new Map(); // photo id → its element, so that a photo that stays does not blink
    this.places = []; // where in the result each cell's photo stands: similar ones have no cell
    this.known = 0; // so much of the result has cells
    this.ratios = [];
    this.lengths = []; // of the captions, in pixels on one line
    this.rows = [];
    this.result = null;
    this.ruler = document.createElement("canvas").getContext("2d");
    addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.resize()).observe(list);
  }

  // Show `result` from its beginning.
  show(result) {
    this.result = result;
    this.places = [];
    this.known = 0;
    this.ratios = [];
    this.lengths = [];
    this.rows = [];
    this.broken = false;
    this.list.classList.add("live");
    if (this.cells.size === 0) this.list.replaceChildren();
    this.extend(0);
    this.draw();
  }

  // Learn the shapes of the page `number` and lay its photos out.
  extend(number) {
    this.ruler.font = `14px ${getComputedStyle(this.list).fontFamily}`;
    const page = this.result.pages.get(number);
    const end = page.size ? (number + 1) * this.result.constructor.PAGE : 0;
    for (; this.known < Math.min(end, this.result.total); this.known += 1) {
      const photo = this.result.at(this.known);
      if (!photo) continue; // a similar one is shown, or it was removed a moment ago
      const ratio = photo.width / photo.height || 1;
      this.places.push(this.known);
      this.ratios.push(Math.min(Math.max(ratio, NARROWEST), WIDEST));
      this.lengths.push(this.ruler.measureText(photo.caption).width);
    }
    this.lay();
  }

  get complete() {
    return this.known >= this.result.total;
  }

  // Break the photos after the last finished row into rows.
  lay() {
    const width = this.width = this.list.clientWidth;
    const gap = parseFloat(getComputedStyle(this.list).columnGap);
    const target = width < 616 ? width / 2.6 : Math.min(Math.max(innerWidth * 0.15, 160), 250);
    const most = width < 616 ? 2 : 12;
    while (this.rows.at(-1)?.ragged) this.rows.pop();
    let start = this.rows.at(-1)?.end ?? 0;
    let sum = 0;
    for (let index = start; index < this.ratios.length; index += 1) {
      const before = sum;
      sum += this.ratios[index];
      const count = index - start + 1;
      const height = (width - gap * (count - 1)) / sum;
      if (height > target && count < most) continue;
      // Leave the last photo to the next row where that comes nearer to the wanted height.
      const without = before ? (width - gap * (count - 2)) / before : Infinity;
      const back = without - target < target - height && without < target * 1.5;
      this.row(start, back ? index : index + 1, Math.min(back ? without : height, target * 2), gap);
      start = back ? index : index + 1;
      sum = back ? this.ratios[index] : 0;
    }
    if (start < this.ratios.length) this.row(start, this.ratios.length, target, gap, true);
    const last = this.rows.at(-1);
    this.list.style.height = `${last ? last.top + last.height : 0}px`;
  }

  row(start, end, height, gap, ragged = false) {
    const last = this.rows.at(-1);
    const top = last ? last.top + last.height + ROW_GAP : 0;
    const wide = this.ratios.slice(start, end).reduce((sum, ratio) => sum + ratio, 0);
    const picture = Math.min(height, (this.width - gap * (end - start - 1)) / wide);
    const lines = this.lines(start, end, picture);
    const whole = picture + CAPTION_GAP + LINE * lines;
    this.rows.push({ start, end, top, picture, height: whole, lines, gap, ragged });
  }

  // The lines that the longest caption of a row takes, so that short ones leave no hole.
  lines(start, end, picture) {
    let most = 1;
    for (let index = start; index < end; index += 1) {
      const fill = this.lengths[index] / (this.ratios[index] * picture);
      if (fill * BOLD > 1) most = Math.max(most, 2, Math.ceil(fill * RAGGED));
    }
    return Math.min(most, LINES);
  }

  resize() {
    if (!this.result || this.list.clientWidth === this.width) return;
    const here = this.rows[this.rowAt(scrollY - this.list.offsetTop)]?.start ?? 0;
    const away = scrollY > this.list.offsetTop;
    this.rows = [];
    this.lay();
    this.draw();
    if (away) this.reveal(here, "start");
  }

  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  // Make the elements of the rows near the window, and only those.
  draw() {
    if (!this.result) return;
    const top = scrollY - this.list.offsetTop;
    const first = this.rowAt(top - innerHeight);
    const last = this.rowAt(top + innerHeight * 2);
    const wanted = new Map();
    for (const row of this.rows.slice(first, last + 1)) this.drawRow(row, wanted);
    for (const [id, cell] of this.cells) {
      if (wanted.has(id)) continue;
      if (cell.contains(document.activeElement) && this.result.at(cell.index)?.id === id) continue;
      cell.remove();
      this.cells.delete(id);
    }
    this.inOrder(wanted);
    if (last >= this.rows.length - 2) this.more();
  }

  drawRow(row, wanted) {
    let left = 0;
    for (let index = row.start; index < row.end; index += 1) {
      const width = this.ratios[index] * row.picture;
      const photo = this.result.at(this.places[index]);
      if (photo) this.place(photo, index, left, width, row, wanted);
      else this.refetch(Math.floor(this.places[index] / this.result.constructor.PAGE));
      left += width + row.gap;
    }
  }

  place(photo, index, left, width, row, wanted) {
    const cell = this.cells.get(photo.id) ?? this.make(photo);
    cell.number = index;
    cell.index = this.places[index];
    cell.ariaPosInSet = index + 1;
    cell.ariaSetSize = this.complete ? this.places.length : -1;
    cell.style.transform = `translate(${left}px, ${row.top}px)`;
    cell.style.width = `${width}px`;
    cell.style.height = `${row.height}px`;
    cell.style.setProperty("--lines", row.lines);
    cell.link.href = this.address(photo, cell.index);
    cell.similar.textContent = `${photo.similar} similar`;
    cell.similar.hidden = photo.similar === 0 || this.result.every;
    write(cell.caption, photo);
    wanted.set(photo.id, cell);
  }

  make(photo) {
    const cell = document.createElement("li");
    cell.link = document.createElement("a");
    const picture = new Image(photo.width, photo.height);
    picture.decoding = "async";
    picture.alt = "";
    picture.src = `/thumb/${photo.fingerprint}.jpg`;
    cell.caption = document.createElement("span");
    cell.caption.className = "caption";
    cell.similar = document.createElement("span");
    cell.similar.className = "similar";
    cell.link.append(picture, cell.similar, cell.caption);
    cell.append(cell.link);
    this.cells.set(photo.id, cell);
    return cell;
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

  async more() {
    if (this.complete || this.loading || this.broken) return;
    const result = this.result;
    const number = Math.floor(this.known / result.constructor.PAGE);
    this.loading = true;
    await this.fetch(number);
    this.loading = false;
    if (this.result !== result) return this.soon();
    const known = this.known;
    if (result.pages.has(number)) this.extend(number);
    // The collection shrank meanwhile: there is no more than this.
    if (this.known === known) this.broken = true;
    this.soon();
  }

  // Fetch a page that was here and was forgotten.
  refetch(number) {
    if (!this.result.pages.has(number) && !this.result.coming.has(number)) this.fetch(number);
  }

  async fetch(number) {
    const result = this.result;
    try {
      await result.load(number);
      if (this.result === result) this.soon();
    } catch {
      // The search itself reports that Lantern does not answer; scrolling tries again.
    }
  }

  // The number of the row at the height `top` of the list, or the nearest.
  rowAt(top) {
    let low = 0;
    let high = this.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rows[middle].top <= top) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  rowOf(index) {
    return this.rows.findIndex((row) => index < row.end);
  }

  // Scroll so that the cell number `index` is seen.
  reveal(index, block = "nearest") {
    const row = this.rows[this.rowOf(index)];
    if (!row) return;
    const bar = document.querySelector(".bar").offsetHeight + 8;
    const top = this.list.offsetTop + row.top - bar;
    const bottom = this.list.offsetTop + row.top + row.height;
    if (block === "start" || top < scrollY) scrollTo({ top, behavior: "instant" });
    else if (bottom > scrollY + innerHeight) {
      scrollTo({ top: bottom - innerHeight + 8, behavior: "instant" });
    }
    this.draw();
  }

  // Give the keyboard to the cell of the photo at `place` in the result.
  focusPlace(place) {
    this.focus(this.places.indexOf(place));
  }

  // Give the keyboard to the cell number `index`.
  focus(index) {
    const photo = this.result?.at(this.places[index]);
    if (!photo) return;
    this.reveal(index);
    this.cells.get(photo.id)?.link.focus({ preventScroll: true });
  }

  // The number of the cell that an arrow key leads to from the cell number `index`.
  neighbour(index, key) {
    if (key === "ArrowLeft") return index - 1;
    if (key === "ArrowRight") return index + 1;
    const here = this.rowOf(index);
    const there = this.rows[here + (key === "ArrowDown" ? 1 : -1)];
    if (!there) return -1;
    const middle = this.middle(this.rows[here], index);
    let best = there.start;
    for (let each = there.start; each < there.end; each += 1) {
      const gain = Math.abs(this.middle(there, each) - middle);
      if (gain < Math.abs(this.middle(there, best) - middle)) best = each;
    }
    return best;
  }

  middle(row, index) {
    const before = this.ratios.slice(row.start, index).reduce((sum, ratio) => sum + ratio, 0);
    return (before + this.ratios[index] / 2) * row.picture + (index - row.start) * row.gap;
  }
}

// Write a caption with its matches marked. They count code points, as Python does.
function write(element, { caption, matches }) {
  const key = JSON.stringify([caption, matches]);
  if (element.key === key) return;
  element.key = key;
  const letters = [...caption];
  const pieces = [];
  let at = 0;
  for (const [start, end] of matches) {
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    pieces.push(letters.slice(at, start).join(""), mark);
    at = end;
  }
  element.replaceChildren(...pieces, letters.slice(at).join(""));
}
