// While a referral is open: says so every half minute, takes the turn when somebody begins to write, and tells that
// somebody else writes or has changed it. What was typed stays where it is.

const EVERY_MS = 30_000;
let timer = null;

const place = () => document.querySelector("[data-here-address]");

async function tell(more = {}) {
  const here = place();
  if (!here) return;
  const body = new URLSearchParams({ csrf_token: here.dataset.csrf, ...(here.dataset.writes ? { editing: "1" } : {}), ...more });
  try {
    const answer = await fetch(here.dataset.hereAddress, { method: "POST", body, keepalive: Boolean(more.left) });
    if (answer.ok && !more.left && here.isConnected) show(here, await answer.json());
  } catch { /* the next one is heard again */ }
}

function show(here, told) {
  const busy = told.others.find((one) => one.editing);
  const names = told.others.map((one) => one.name).join(", ");
  here.querySelector("[data-here-busy]").hidden = !busy;
  here.querySelector("[data-here-writer]").textContent = busy?.name ?? "";
  here.querySelector("[data-here-others]").textContent = names && !busy ? `Also open at ${names}.` : "";
  here.querySelector("[data-here-changed]").hidden = String(told.version) === here.dataset.version;
}

function begin() {
  clearInterval(timer);
  timer = place() ? setInterval(() => document.hidden || tell(), EVERY_MS) : null;
  // The page before this one, of the same referral, has just said that it is left.
  tell();
}

document.addEventListener("input", (event) => {
  const here = place();
  if (!here || here.dataset.writes || !event.target.closest(".referral form")) return;
  here.dataset.writes = "1";
  tell();
});
document.addEventListener("desk:leaving", () => tell({ left: "1" }));
document.addEventListener("desk:opened", begin);
document.addEventListener("desk:closed", begin);
document.addEventListener("desk:changed", (event) => {
  const open = document.querySelector("[data-referral-page]")?.dataset.referralPage;
  if (event.detail.includes(open)) tell();
});
window.addEventListener("pagehide", () => tell({ left: "1" }));
begin();
