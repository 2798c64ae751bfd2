// What a search found, in a line of words; and what to do where it found nothing.

import { address, changed, FILTERS, number, unfiltered } from "./wanted.js";

const count = document.getElementById("count");
const nothing = document.getElementById("nothing");
const part = (name) => document.getElementById(`nothing-${name}`);

export function tell(found, query) {
  const { total, took_ms: took, forgiving, read_as: read, fallback } = found;
  const small = element("span", `in ${took >= 1 ? Math.round(took) : "under 1"} ms`);
  small.className = "took";
  if (forgiving && !read) small.append(" · by similar words");
  if (fallback) small.append(" · the search server is away, the built-in search answered");
  count.replaceChildren(
    ...(read ? [readAs(read, query)] : []),
    element("strong", number(total)),
    total === 1 ? " photo " : " photos ",
    small,
  );
  nothing.hidden = total > 0;
  if (total === 0) help(found.instead, new URLSearchParams(query));
}

function readAs(read, query) {
  const link = element("a", read);
  link.href = address(changed(query, { q: read }));
  const said = element("span", "Showing results for ", link, ": ");
  said.id = "read-as";
  return said;
}

function help(instead, said) {
  const like = said.has("like");
  const text = said.get("q");
  part("alike").hidden = !like;
  part("found").hidden = like || said.size === 0;
  part("yet").hidden = said.size > 0;
  const narrowed = FILTERS.some((name) => said.has(name));
  part("words").textContent = `${text ? ` “${text}”` : ""}${narrowed ? " with these filters" : ""}`;
  const without = part("filters").firstElementChild;
  part("filters").hidden = !instead?.unfiltered;
  without.href = address(unfiltered(said));
  without.textContent = `Show ${number(instead?.unfiltered ?? 0)} without the filters`;
  suggest(instead?.tags ?? []);
}

function suggest(tags) {
  part("tags").hidden = tags.length === 0;
  part("tags").querySelector("ul").replaceChildren(...tags.map(([value, photos]) => {
    const link = element("a", `${value} `, element("small", number(photos)));
    link.href = address(changed("", { tag: value }));
    return element("li", link);
  }));
}

export function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}
