// Searches while the visitor types, and keeps the page's address true to what it shows.

import { ask, Result } from "./answers.js";
import { Grid } from "./grid.js";
import { install } from "./install.js";
import { Status } from "./status.js";
import { Viewer } from "./viewer.js";

const first = JSON.parse(document.getElementById("first").textContent);
const form = document.getElementById("search");
const box = document.getElementById("q");
const count = document.getElementById("count");
const clear = document.getElementById("clear");
const trouble = document.getElementById("trouble");
const nothing = document.getElementById("nothing");

let like = first.like; // the query for photos like one, until the visitor types another
let shown = ""; // the query whose result the grid shows
let result = null;
let asking = null; // the AbortController of the newest search
let patience = 1000;
let retry = 0;
let remembering = 0;

const FACETS = ["camera", "tag", "folder", "rating", "format"];

const grid = new Grid(document.getElementById("grid"), photoAddress);
const viewer = new Viewer({ moved, closed, address: photoAddress });

// ---- Searching

function query() {
  if (like) return like;
  const said = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const text = value.trim().replace(/\s+/g, " ");
    if (text) said.set(name, text);
  }
  return said.toString();
}

async function search({ quiet = false } = {}) {
  asking?.abort();
  clearTimeout(retry);
  const mine = asking = new AbortController();
  const wanted = query();
  try {
    const found = await ask(`/api/search?${withLimit(wanted)}`, mine.signal);
    if (mine !== asking) return; // a newer search is on its way: never show an older one
    patience = 1000;
    trouble.hidden = true;
    show(found, wanted, quiet);
  } catch (error) {
    if (mine !== asking || error.name === "AbortError") return;
    complain(error);
  }
}

function withLimit(wanted) {
  const asked = new URLSearchParams(wanted);
  asked.set("limit", Result.PAGE);
  return asked;
}

// What the grid shows stays until a search succeeds; the page keeps trying by itself.
function complain(error) {
  document.getElementById("trouble-why").textContent = error.message;
  trouble.hidden = false;
  if (error.status && error.status < 500) return; // asking again would be refused again
  retry = setTimeout(search, patience);
  patience = Math.min(patience * 2, 10000);
}

function show(found, wanted, quiet = false) {
  const same = wanted === shown && quiet;
  shown = wanted;
  result = new Result(wanted, found);
  tell(found);
  for (const name of FACETS) offer(name, found.facets[name] ?? []);
  clear.hidden = wanted === "";
  empty(found.total, wanted);
  if (!same) scrollTo({ top: 0, behavior: "instant" });
  grid.show(result);
}

function tell({ total, took_ms: took, forgiving, fallback }) {
  const time = took >= 1 ? Math.round(took) : "under 1";
  const number = document.createElement("strong");
  number.textContent = total.toLocaleString("en");
  const small = document.createElement("span");
  small.className = "took";
  small.textContent = `in ${time} ms${forgiving ? " · similar words, too" : ""}`;
  if (fallback) small.textContent += " · the search server is away, the built-in search answered";
  count.replaceChildren(number, total === 1 ? " photo " : " photos ", small);
}

function empty(total, wanted) {
  nothing.hidden = total > 0;
  document.getElementById("nothing-alike").hidden = like === "";
  document.getElementById("nothing-found").hidden = wanted === "" || like !== "";
  document.getElementById("nothing-yet").hidden = wanted !== "";
  const said = new URLSearchParams(wanted);
  const text = said.get("q");
  const filters = document.getElementById("nothing-filters");
  filters.hidden = said.size === (text ? 1 : 0);
  filters.querySelector("a").href = text ? `/?${new URLSearchParams({ q: text })}` : "/";
  document.getElementById("nothing-words").textContent = text ? ` “${text}”` : "";
}

// Offer what the filter could be changed to; what is chosen stays chosen.
function offer(name, choices) {
  const select = document.getElementById(name);
  const chosen = select.value;
  const options = choices.map(({ value, photos }) =>
    new Option(`${value} (${photos.toLocaleString("en")})`, value));
  if (chosen && !choices.some(({ value }) => value === chosen)) {
    options.push(new Option(chosen, chosen));
  }
  select.replaceChildren(select.options[0], ...options);
  select.value = chosen;
  select.parentElement.classList.toggle("chosen", chosen !== "");
}

// ---- Addresses

function homeAddress() {
  return shown ? `/?${shown}` : "/";
}

function photoAddress(photo, index) {
  const said = new URLSearchParams(shown);
  if (index !== null) said.set("at", index);
  return `/photo/${photo.id}?${said}`;
}

// Browsers allow few changes of the address a second: wait until the visitor pauses.
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    if (viewer.open) return;
    const said = query();
    history.replaceState(null, "", said ? `/?${said}` : "/");
    document.title = box.value.trim() ? `${box.value.trim()} – Lantern` : "Lantern";
  }, 400);
}

function open(photo, index) {
  clearTimeout(remembering);
  history.replaceState(null, "", homeAddress());
  history.pushState({ id: photo.id, index, over: true }, "", photoAddress(photo, index));
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
    history.replaceState(null, "", homeAddress());
    leave();
  }
}

function leave() {
  const index = viewer.index;
  viewer.close();
  document.title = box.value.trim() ? `${box.value.trim()} – Lantern` : "Lantern";
  if (index !== null) grid.focusPlace(index);
}

addEventListener("popstate", (event) => {
  const photo = location.pathname.match(/^\/photo\/(\d+)$/);
  if (photo) {
    const index = event.state?.index ?? null;
    const known = index === null ? undefined : result?.at(index);
    if (known?.id === Number(photo[1])) viewer.show(known, index, result);
    else location.reload();
    return;
  }
  if (viewer.open) leave();
  if (location.search.slice(1) !== shown) restore();
});

function restore() {
  const said = new URLSearchParams(location.search);
  const made = ["from", "to", "all"].some((name) => said.has(name) || form.elements[name]);
  if (made || said.has("like") || first.like) {
    location.reload(); // the server makes these parts
    return;
  }
  box.value = said.get("q") ?? "";
  for (const name of FACETS) {
    const select = document.getElementById(name);
    const value = said.get(name) ?? "";
    if (![...select.options].some((option) => option.value === value)) {
      select.add(new Option(value, value));
    }
    select.value = value;
  }
  search();
}

// ---- Hands

// Whoever types looks for something else than photos like one.
function unlike() {
  like = "";
  document.getElementById("liked")?.remove();
  document.getElementById("filters").hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  unlike();
  search();
  if (matchMedia("(hover: none)").matches) box.blur(); // puts the keyboard away
});

form.addEventListener("input", () => {
  unlike();
  search();
  remember();
});

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

function walk(event) {
  const cell = event.target.closest?.("#grid li");
  if (!cell) return;
  event.preventDefault();
  const there = grid.neighbour(cell.number, event.key);
  if (there < 0) box.focus();
  else grid.focus(there);
}

// ---- Beginning

install();
document.getElementById("pages")?.remove();
const whole = first.found?.offset === 0 && first.found.limit === Result.PAGE;
if (whole) show(first.found, query());
else search();

new Status(first.status, () => {
  // New photos join the result in silence, unless the visitor is further down or looks at one.
  if (!viewer.open && scrollY < 200 && trouble.hidden) search({ quiet: true });
});

if (first.photo) {
  const index = first.at;
  viewer.adopt();
  const { id, fingerprint, sentence, metadata } = first.photo;
  const photo = { id, fingerprint, caption: metadata.human_caption || sentence };
  history.replaceState({ id, index, over: false }, "");
  const nothing = { leads: () => false, beside: async () => undefined };
  viewer.show(photo, index, result ?? nothing);
} else if (matchMedia("(hover: hover)").matches) {
  box.focus();
}

// A page that comes back from the browser's memory may hold an old result.
addEventListener("pageshow", (event) => { if (event.persisted) search({ quiet: true }); });
