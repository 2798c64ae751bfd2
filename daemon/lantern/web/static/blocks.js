// Where the photos of a result stand, in blocks below each other: one for each page of the API. Knows
// shapes and numbers, no element.
//
// A block whose page was never here has the height that such a block is likely to have, so that the
// whole has a height, and any place in it is known before all that lies above it is.

import { rows } from "./rows.js";

const ROW_GAP = 18;
const CAPTION_GAP = 6;
const LINE = 20; // these two as in page.css
const LINES = 3;
const NARROWEST = 0.6; // shapes beyond these are cut, so that every caption has room
const WIDEST = 3;

export class Blocks {
  // `photos` of which `page` make a block; `form` is what rows.js wants to know.
  constructor(photos, page, form) {
    this.photos = photos;
    this.page = page;
    this.form = form;
    this.known = Array(Math.ceil(photos / page)).fill(null);
    this.likely = 0; // pixels a photo
    this.stack();
  }

  get count() {
    return this.known.length;
  }

  has(number) {
    return this.known[number] !== null;
  }

  // Lay out the block `number`: its `photos` by place, shape and the widths of their captions' words.
  learn(number, photos) {
    const block = this.known[number] = this.lay(number, photos.map(({ ratio, ...rest }) =>
      ({ ...rest, ratio: Math.min(Math.max(ratio, NARROWEST), WIDEST) })));
    if (!this.likely) this.likely = block.height / Math.max(photos.length, 1);
    this.stack();
  }

  // Lay out what is known for another width.
  fit(form) {
    this.form = form;
    this.known = this.known.map((block, number) => block && this.lay(number, block.photos));
    const known = this.known.filter(Boolean);
    const photos = known.reduce((sum, block) => sum + block.photos.length, 0);
    this.likely = known.reduce((sum, { height }) => sum + height, 0) / Math.max(photos, 1);
    this.stack();
  }

  lay(number, photos) {
    const end = number === this.count - 1;
    const block = { photos, rows: [], height: 0 };
    for (const row of rows(photos.map(({ ratio }) => ratio), { ...this.form, end })) {
      const lines = this.lines(photos.slice(row.start, row.stop), row.picture);
      const height = Math.round(row.picture + CAPTION_GAP + LINE * lines);
      block.rows.push({ ...row, top: block.height, height, lines });
      block.height += height + ROW_GAP;
    }
    return block;
  }

  // The lines that the longest caption of a row takes, so that short ones leave no hole.
  lines(photos, picture) {
    const each = photos.map(({ ratio, words }) => broken(words, this.form.space, ratio * picture - 1));
    return Math.min(Math.max(...each), LINES);
  }

  // Put the blocks below each other.
  stack() {
    let top = 0;
    this.tops = this.known.map((block, number) => {
      const here = top;
      const photos = Math.min(this.page, this.photos - number * this.page);
      top += block ? block.height : Math.round(this.likely * photos);
      return here;
    });
    this.tops.push(top);
    this.height = Math.max(top - ROW_GAP, 0);
  }

  // The top and the height of the block `number`.
  span(number) {
    const top = this.tops[number];
    return { top, height: Math.max(this.tops[number + 1] - top - ROW_GAP, 0) };
  }

  // The number of the block at the height `top`, or the nearest.
  at(top) {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= top) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  // The numbers of the blocks that lie between two heights.
  between(top, bottom) {
    const numbers = [];
    for (let number = this.at(top); number < this.count && this.tops[number] < bottom; number += 1) {
      numbers.push(number);
    }
    return numbers;
  }

  // The place of the first photo of the topmost row between two heights, if one is known there.
  first(top, bottom) {
    for (const number of this.between(top, bottom)) {
      const base = this.tops[number];
      const row = this.known[number]?.rows.find((each) => base + each.top + each.height > top);
      if (row) return this.known[number].photos[row.start].place;
    }
    return null;
  }

  // Where the photo at `place` of the result stands, or the next one that is shown; null where its
  // block is not known.
  find(place) {
    const number = Math.floor(place / this.page);
    const block = this.known[number];
    if (!block?.rows.length) return null;
    const at = Math.max(block.photos.findIndex((photo) => photo.place >= place), 0);
    const row = block.rows.findIndex(({ stop }) => at < stop);
    const { top, height } = block.rows[row];
    return { number, block, at, row, top: this.tops[number] + top, height };
  }

  // The place in the row `row` of `block` that is nearest to straight above or below `from`.
  nearest(block, row, from) {
    const middle = this.middle(from.block, from.block.rows[from.row], from.at);
    const away = (at) => Math.abs(this.middle(block, row, at) - middle);
    let best = row.start;
    for (let at = row.start; at < row.stop; at += 1) if (away(at) < away(best)) best = at;
    return block.photos[best].place;
  }

  middle({ photos }, row, at) {
    const before = photos.slice(row.start, at).reduce((sum, { ratio }) => sum + ratio, 0);
    return (before + photos[at].ratio / 2) * row.picture + (at - row.start) * this.form.gap;
  }
}

// The lines that words of these widths take, as browsers break them: one that is wider than a line
// goes on in the next.
function broken(words, space, width) {
  let lines = 1;
  let left = width;
  for (const word of words) {
    if (word > left && left < width) {
      lines += 1;
      left = width;
    }
    lines += Math.max(Math.ceil(word / width) - 1, 0);
    left -= (word % width) + space;
  }
  return lines;
}
