// Break pictures into rows as wide as the page, all of nearly the wanted height. Pure.

const LARGEST = 2; // times the wanted height; a row that would be higher stays narrow

// How to break pictures of these shapes (width / height) into rows: for each the numbers of its
// first picture and of the one after its last, and the height of its pictures. No row has more than
// `most`. Only with `end`, the last row may stay narrower than `width`. Total-fit, after Knuth and
// Plass: the best of all ways to break is found, not the next best row.
export function rows(ratios, { width, gap, target, most, end }) {
  const best = [{ cost: 0 }];
  for (let stop = 1; stop <= ratios.length; stop += 1) {
    best.push({ cost: Infinity });
    let wide = 0;
    for (let start = stop - 1; start >= 0 && stop - start <= most; start -= 1) {
      wide += ratios[start];
      const full = (width - gap * (stop - start - 1)) / wide;
      const short = end && stop === ratios.length && full > target;
      const off = short ? 0 : Math.log(full / target);
      const cost = best[start].cost + off * off;
      if (cost < best[stop].cost) best[stop] = { cost, start, height: short ? target : full };
      if (full < target / 3) break; // wider rows are lower still
    }
  }
  return unroll(best, target);
}

function unroll(best, target) {
  const found = [];
  for (let stop = best.length - 1; stop > 0; stop = best[stop].start) {
    const { start, height } = best[stop];
    found.push({ start, stop, picture: Math.min(height, target * LARGEST) });
  }
  return found.reverse();
}
