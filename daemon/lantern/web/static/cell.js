// One photo in the grid: its thumbnail, how many are similar, its caption with the matches marked.

export function cellOf(photo) {
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
  return cell;
}

// Write what a result says of `photo`; with `every`, similar ones have cells of their own.
export function fill(cell, photo, every) {
  cell.similar.textContent = `${photo.similar} similar`;
  cell.similar.hidden = photo.similar === 0 || every;
  write(cell.caption, photo);
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
