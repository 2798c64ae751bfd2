// What the owner does with the photo that is shown, without leaving it: correct its caption, hide
// it, show it again. Loaded for the owner alone; without it the same forms work, one page later.
//
// Words that were not saved are a draft: it stays with its photo, wherever the owner goes, until they
// save it or cancel.

import { ask } from "./answers.js";
import { remember, remembered } from "./memory.js";

const section = document.getElementById("owner");
const correcting = document.getElementById("owner-correct");
const opener = correcting.querySelector("summary");
const caption = document.getElementById("owner-caption");
const sentence = document.getElementById("owner-sentence");
const machine = document.getElementById("owner-machine");
const hiding = document.getElementById("owner-hide");
const note = document.getElementById("owner-hidden");
const told = document.getElementById("owner-told");
const error = document.getElementById("owner-error");
const unsaved = document.getElementById("owner-unsaved");
const drafts = new Map(remembered("drafts")); // photo id → what is to be its caption

let photo = null; // what /api/photos/{id} says of the one that is shown
let busy = false;

// Another photo is shown: nothing of the one before may be sent to it.
document.addEventListener("lantern:show", ({ detail }) => {
  if (detail.id === photo?.id) return;
  if (photo) correcting.open = false; // of the first, somebody may have been quick to open it
  photo = null;
  section.inert = true; // not hidden: what lies below it would jump
  note.hidden = true;
  say("");
});

document.addEventListener("lantern:photo", ({ detail }) => {
  const another = detail.id !== photo?.id;
  photo = detail;
  section.hidden = section.inert = false;
  note.hidden = !photo.hidden;
  hiding.querySelector("button").textContent =
    photo.hidden ? "Show it to visitors again" : "Hide this photo";
  machine.hidden = !photo.sentence;
  machine.querySelector("q").textContent = photo.sentence ?? "";
  sentence.defaultValue = shown();
  // What is being written is not overwritten by news of the same photo.
  if (another || !correcting.open) fill();
  if (another && drafts.has(photo.id)) goOn();
});

function fill() {
  sentence.value = drafts.get(photo.id) ?? shown();
  unsaved.hidden = !drafts.has(photo.id);
}

// The photo is here again for which something was written. The keyboard stays where it is.
function goOn() {
  correcting.open = true;
  say("What you wrote is not saved yet.");
}

function shown() {
  return photo.metadata.human_caption || photo.sentence || "";
}

// ---- Correct the caption

sentence.addEventListener("input", () => {
  if (photo) draft(photo.id, tidy() === shown() ? undefined : sentence.value);
});

// Keep `words` for the photo `id`; undefined forgets them.
function draft(id, words) {
  if (words === undefined) drafts.delete(id);
  else drafts.set(id, words);
  remember("drafts", [...drafts]);
}

function tidy() {
  return sentence.value.trim().replace(/\s+/g, " ");
}

opener.addEventListener("click", (event) => {
  event.preventDefault();
  correcting.open = true;
  say("");
  sentence.focus();
  sentence.setSelectionRange(sentence.value.length, sentence.value.length);
});

caption.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = tidy();
  const { id } = photo;
  const nothing = said === shown() || (said === "" && !photo.metadata.human_caption);
  if (nothing) return cancel();
  if (!await change("caption", { sentence: said })) return;
  draft(id, undefined);
  if (photo?.id !== id) return;
  close();
  say(said ? "Saved. A search finds it by these words now." : "Taken back.");
});

caption.addEventListener("reset", (event) => {
  event.preventDefault();
  cancel();
});

function cancel() {
  draft(photo.id, undefined);
  close();
}

// The keys of the photo view mean nothing while somebody writes.
correcting.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key === "Escape" && correcting.open) {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && event.target === sentence && !event.isComposing) {
    event.preventDefault(); // a caption is one line
    caption.requestSubmit();
  }
});

function close() {
  const within = correcting.contains(document.activeElement);
  correcting.open = false;
  if (photo) fill();
  if (within) opener.focus();
}

// ---- Hide, and show again

hiding.addEventListener("submit", async (event) => {
  event.preventDefault();
  const hidden = !photo?.hidden;
  const { id } = photo ?? {};
  if (!await change("hidden", { hidden }) || photo?.id !== id) return;
  say(hidden ? "Hidden. Nothing was deleted." : "Visitors see it again.");
});

// ---- Both

// Send one change of the photo that is shown; return whether it was made.
async function change(what, content) {
  if (!photo || busy) return false;
  const { id } = photo;
  busy = true;
  section.setAttribute("aria-busy", "true");
  say("");
  try {
    await ask(`/api/photos/${id}/${what}`, undefined, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(content),
    });
  } catch (trouble) {
    if (photo?.id === id) complain(trouble);
    return false;
  } finally {
    busy = false;
    section.removeAttribute("aria-busy");
  }
  document.dispatchEvent(new CustomEvent("lantern:changed", { detail: { id } }));
  return true;
}

function say(text) {
  told.textContent = text;
  error.hidden = true;
}

function complain(trouble) {
  told.textContent = "";
  error.textContent = trouble.status === 403
    ? "You are signed out. Sign in again: what you wrote is kept."
    : trouble.message;
  error.hidden = false;
}

// Whoever signs out leaves nothing to the next one at this screen.
document.querySelector("form[action='/sign-out']").addEventListener("submit", () => {
  drafts.clear();
  remember("drafts", undefined);
});
