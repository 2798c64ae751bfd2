// Searches while the visitor types, and keeps the page's address true to what it shows.

import { Result } from "./answers.js";
import { Filters } from "./filters.js";
import { tell } from "./found.js";
import { Grid } from "./grid.js";
import { Search } from "./search.js";
import { install } from "./install.js";
import { Status } from "./status.js";
import { Steps, TYPING } from "./steps.js";
import { Viewer } from "./viewer.js";
import { changed, wanted } from "./wanted.js";

const first = JSON.parse(document.getElementById("first").textContent);
const form = document.getElementById("search");
const box = document.getElementById("q");
const sort = document.getElementById("sort");
const trouble = document.getElementById("trouble");

const LONG_MS = 300; // a search that takes longer than this is seen to be under way

let query = wanted(location.search); // what is looked for
let shown = query; // what the grid shows
let result = null;
let waiting = 0;
let outdated = false;
let menu = null; // the opening of a menu whose choices make one step of the way back

const grid = new Grid(document.getElementById("grid"), photoAddress);
const viewer = new Viewer({ moved, closed, address: photoAddress });
const filters = new Filters(document.getElementById("filters"), (values, again) => {
  if (!again) menu = Symbol("menu");
  change(values, menu);
});
const search = new Search({ found: show, failed: complain, busy });
const steps = new Steps({ query, seen: () => grid.seen, written: title });

// ---- Searching

// Look for something else; `hand` tells which changes are one step of the way back.
function change(values, hand) {
  if (isLike()) unlike();
  query = changed(query, values);
  reflect();
  steps.take(query, hand);
  search.ask(query);
}

// Let the box, the order and the chips say what is looked for.
function reflect() {
  const said = new URLSearchParams(query);
  const text = said.get("q") ?? "";
  if (wanted(new URLSearchParams({ q: box.value })) !== wanted(new URLSearchParams({ q: text }))) {
    box.value = text;
  }
  sort.value = said.get("sort") ?? "";
  sort.options[0].textContent = text ? "Best match" : "Newest first";
  sort.options[1].hidden = !text && sort.value !== "newest";
  filters.show(query, result?.facets ?? {});
}

// Show what was `found`: from its beginning, or from where it was `seen` before.
function show(found, asked, { quiet = false, seen = null } = {}) {
  const same = asked === shown && quiet;
  shown = asked;
  result = new Result(asked, found);
  trouble.hidden = true;
  tell(found, asked);
  filters.show(query, found.facets);
  if (!same) scrollTo({ top: 0, behavior: "instant" });
  grid.show(result, seen);
}

function complain(error) {
  document.getElementById("trouble-why").textContent = error.message;
  trouble.hidden = false;
}

function busy(whether) {
  clearTimeout(waiting);
  if (whether) waiting = setTimeout(() => form.classList.add("waiting"), LONG_MS);
  else form.classList.remove("waiting");
}

// Who types looks for something else than photos like one.
function isLike() {
  return new URLSearchParams(query).has("like");
}

function unlike() {
  query = "";
  document.getElementById("liked")?.remove();
  document.getElementById("sort-label").hidden = document.getElementById("filters").hidden = false;
}

// ---- Addresses

function photoAddress(photo, index) {
  const said = new URLSearchParams(shown);
  if (index !== null) said.set("at", index);
  return `/photo/${photo.id}?${said}`;
}

function title() {
  document.title = box.value.trim() ? `${box.value.trim()} – Lantern` : "Lantern";
}

function open(photo, index) {
  steps.show({ id: photo.id, index, over: true }, photoAddress(photo, index));
  viewer.show(photo, index, result);
}

function moved(photo, index) {
  const state = { ...history.state, id: photo.id, index };
  history.replaceState(state, "", photoAddress(photo, index));
}

function closed() {
  if (history.state?.over) {
    history.back(); // to the grid, which is just below
  } else {
    steps.uncover(shown);
    leave();
  }
}

function leave() {
  const index = viewer.index;
  viewer.close();
  title();
  if (index !== null) grid.focus(index);
  if (outdated) search.ask(query, { quiet: true });
  outdated = false;
}

// The owner changed the photo: what it is found by, and where it stands, is asked for again when they
// come back to the grid, which shows its new caption at once.
document.addEventListener("lantern:changed", () => { outdated = true; });
document.addEventListener("lantern:photo", ({ detail }) => {
  const { human_caption: human } = detail.metadata;
  const caption = human || detail.sentence || "";
  if (result?.correct(detail.id, caption, Boolean(human))) grid.draw();
});

addEventListener("popstate", (event) => {
  const there = wanted(location.search);
  steps.went(event.state, there);
  const photo = location.pathname.match(/^\/photo\/(\d+)$/);
  if (photo) {
    const index = event.state?.index ?? null;
    const known = index === null ? undefined : result?.at(index);
    if (known?.id === Number(photo[1])) viewer.show(known, index, result);
    else location.reload();
    return;
  }
  if (viewer.open) leave();
  if (there === query) return;
  if (isLike() || new URLSearchParams(there).has("like")) {
    location.reload(); // the server makes the photo that others are like
    return;
  }
  query = there;
  reflect();
  title();
  search.ask(query, { seen: steps.place });
});

// ---- Hands

form.addEventListener("submit", (event) => {
  event.preventDefault();
  change({ q: box.value }, TYPING);
  steps.end();
  if (matchMedia("(hover: none)").matches) box.blur(); // puts the keyboard away
});

box.addEventListener("input", () => change({ q: box.value }, TYPING));
sort.addEventListener("change", () => change({ sort: sort.value }, Symbol("order")));

grid.list.addEventListener("click", (event) => {
  const cell = event.target.closest("li");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
  const photo = cell && plain && result?.at(cell.index);
  if (!photo) return;
  event.preventDefault();
  open(photo, cell.index);
});

addEventListener("keydown", (event) => {
  if (viewer.open || event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "ArrowDown" && event.target === box) {
    event.preventDefault();
    grid.focus(0);
  } else if (event.key.startsWith("Arrow")) {
    walk(event);
  }
});

async function walk(event) {
  const cell = event.target.closest?.("#grid li");
  if (!cell) return;
  event.preventDefault();
  const there = await grid.neighbour(cell.index, event.key).catch(() => cell.index);
  if (there < 0 || !grid.focus(there)) box.focus();
}

// ---- Beginning

install();
document.getElementById("pages")?.remove();
const whole = first.found?.offset === 0 && first.found.limit === Result.PAGE;
if (whole) show(first.found, query, { seen: steps.place });
else search.ask(query, { seen: steps.place });
reflect();

new Status(first.status, () => {
  // New photos join the result in silence, unless the visitor is further down or looks at one.
  if (viewer.open || scrollY >= 200 || !trouble.hidden) return false;
  search.ask(query, { quiet: true });
  return true;
});

if (first.photo) {
  const index = first.at;
  viewer.adopt();
  const { id, fingerprint, sentence, metadata } = first.photo;
  const photo = { id, fingerprint, caption: metadata.human_caption || sentence };
  steps.cover({ id, index, over: false });
  const nothing = { leads: () => false, beside: async () => undefined };
  viewer.show(photo, index, result ?? nothing);
} else if (matchMedia("(hover: hover)").matches) {
  box.focus();
}

// A page that comes back from the browser's memory may hold an old result.
addEventListener("pageshow", (event) => {
  if (event.persisted) search.ask(query, { quiet: true });
});
