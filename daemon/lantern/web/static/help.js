// The list of keys: "?" opens it wherever no text is being typed, and Escape or a click beside it
// closes it. The browser gives the focus back to where it was.

const help = document.getElementById("help");

export function openHelp() {
  if (!help.open) help.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.matches?.("input:not([type=range]), textarea, select")) return;
  event.preventDefault();
  openHelp();
});

for (const button of document.querySelectorAll(".keys-button")) {
  button.addEventListener("click", openHelp);
  button.hidden = false;
}

help.addEventListener("click", (event) => {
  if (event.target === help) help.close(); // its backdrop: what it holds lies in a child
});
