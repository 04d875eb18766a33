// Brings the map of the results to life when it is seen: beside the list as soon as the page is at rest, elsewhere when
// somebody opens it. What does that is loaded then. Whoever never opens it has loaded nothing but this.

const WIDE = matchMedia("(min-width: 68.75rem)");
const box = document.querySelector(".map-box");
const turn = new URL(import.meta.url).searchParams.get("turn") ?? 0; // a page whose map was replaced begins anew
let begun = false;

function see() {
  if (WIDE.matches) box.open = true;
  if (!box.open || begun) return;
  begun = true;
  import(`${box.querySelector(".map").dataset.moves}&turn=${turn}`).catch(() => {}); // the drawing stays
}

box.addEventListener("toggle", see);
WIDE.addEventListener("change", see);
(window.requestIdleCallback ?? setTimeout)(see);
