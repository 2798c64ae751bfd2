// Goes back to the page as soon as Lantern answers again.

const EVERY_MS = 4000;

async function look() {
  try {
    const answer = await fetch("/health", { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // still away
  }
}

setInterval(() => { if (!document.hidden) look(); }, EVERY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
addEventListener("online", look);
document.getElementById("again").addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
