// What the owner does with the photo that is shown, without leaving it: correct its caption, hide
// it, show it again. Loaded for the owner alone; without it the same forms work, one page later.

import { ask } from "./answers.js";

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

let photo = null; // what /api/photos/{id} says of the one that is shown
let busy = false;

// Another photo is shown: nothing of the one before may be sent to it.
document.addEventListener("lantern:show", ({ detail }) => {
  if (detail.id === photo?.id) return;
  photo = null;
  section.inert = true; // not hidden: what lies below it would jump
  note.hidden = true;
  correcting.open = false;
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
  // What is being written is not overwritten by news of the same photo.
  if (another || !correcting.open) sentence.value = sentence.defaultValue = shown();
});

function shown() {
  return photo.metadata.human_caption || photo.sentence || "";
}

// ---- Correct the caption

correcting.addEventListener("toggle", () => {
  if (!correcting.open) return;
  say("");
  sentence.focus();
  sentence.setSelectionRange(sentence.value.length, sentence.value.length);
});

caption.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = sentence.value.trim().replace(/\s+/g, " ");
  if (said === shown()) return close();
  if (said === "" && !photo.metadata.human_caption) return close();
  const changed = await change("caption", { sentence: said });
  if (!changed) return;
  close();
  say(said ? "Saved. A search finds it by these words now." : "Taken back.");
});

caption.addEventListener("reset", () => close());

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
  if (photo) sentence.value = shown();
  if (within) opener.focus();
}

// ---- Hide, and show again

hiding.addEventListener("submit", async (event) => {
  event.preventDefault();
  const hidden = !photo?.hidden;
  if (!await change("hidden", { hidden })) return;
  say(hidden ? "Hidden. Nothing was deleted." : "Visitors see it again.");
});

// ---- Both

// Send one change of the photo that is shown; return whether it was made, and is still shown.
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
  return photo?.id === id;
}

function say(text) {
  told.textContent = text;
  error.hidden = true;
}

function complain(trouble) {
  told.textContent = "";
  error.textContent = trouble.status === 403
    ? "You are signed out. Sign in again; what you wrote stays here until you leave this page."
    : trouble.message;
  error.hidden = false;
}
