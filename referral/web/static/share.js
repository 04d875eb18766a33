// Buttons that print the page or copy an address of it. Without this script they stay hidden: the browser's own print
// command and the address as a link are there.

const said = document.querySelector("[data-share-said]");

function tell(text) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = text));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () =>
      navigator.clipboard.writeText(button.dataset.copy).then(() => tell(button.dataset.copied), () => (button.hidden = true)),
    );
  }
}
