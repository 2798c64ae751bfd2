// What the visitor looks for, as the address says it: a query string with its names in one order,
// so that two that mean the same are the same. And its values in words, as web/chips.py says them.

export const FILTERS = [
  "from", "to", "camera", "tag", "folder", "rating", "format", "place", "person",
];
const NAMES = ["q", ...FILTERS, "sort", "all"];

// `query`, with what else it may hold left out. Beside "like" there are neither words nor filters.
export function wanted(query) {
  const said = new URLSearchParams(query);
  const kept = new URLSearchParams();
  for (const name of said.has("like") ? ["like", "all"] : NAMES) {
    const given = said.get(name) ?? "";
    const value = name === "q" ? given.trim().replace(/\s+/g, " ") : given;
    if (value) kept.set(name, value);
  }
  return kept.toString();
}

// `query` with other values; an empty one is left out.
export function changed(query, values) {
  const said = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) said.set(name, value ?? "");
  return wanted(said);
}

// What takes the parameters `names` out of a query.
export function none(names) {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

export function unfiltered(query) {
  return changed(query, none(FILTERS));
}

export function address(query) {
  return query ? `/?${query}` : "/";
}

export function number(count) {
  return count.toLocaleString("en");
}

export function inWords(facet, value) {
  if (facet === "rating") {
    return value === "5" ? "5 stars" : `${value} star${value === "1" ? "" : "s"} or more`;
  }
  return facet === "folder" ? value.replaceAll("/", " / ") : value;
}

// "2019-07-04", "2019-07" or "2019" → the first and the last day of it.
export function firstDay(text) {
  return `${text}-01-01`.slice(0, 10);
}

export function lastDay(text) {
  if (text.length === 10) return text;
  const [year, month] = `${text}-12`.split("-");
  return new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
}

export function period(since, until) {
  if (since && until) {
    const [first, last] = shortest(firstDay(since), lastDay(until)).map(dated);
    return first === last ? first : `${first} to ${last}`;
  }
  if (since) return `since ${dated(since)}`;
  return until ? `until ${dated(until)}` : "";
}

// Two days as years where they are whole ones, else as months, else as days.
export function shortest(first, last) {
  for (const length of [4, 7]) {
    const ends = [first.slice(0, length), last.slice(0, length)];
    if (firstDay(ends[0]) === first && lastDay(ends[1]) === last) return ends;
  }
  return [first, last];
}

export function dated(text) {
  const parts = { year: "numeric", timeZone: "UTC" };
  if (text.length > 4) parts.month = "long";
  if (text.length > 7) parts.day = "numeric";
  return new Date(`${firstDay(text)}T00:00:00Z`).toLocaleDateString("en-GB", parts);
}
