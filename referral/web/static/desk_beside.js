// On a wide screen a referral opens beside the list. Its forms work there as on its own page; without this file, or on a
// narrow screen, a row leads to that page.

import { bring, nothingElse, sendForms } from "./desk_forms.js";

const wide = window.matchMedia("(min-width: 80rem)");
const beside = document.querySelector("[data-beside]");
const body = document.querySelector("[data-beside-body]");

const mark = (link) => {
  for (const row of document.querySelectorAll("tr[data-referral]")) row.classList.toggle("row-open", row.contains(link));
};

// Whether what stands there may go: what was typed and not sent goes only on purpose.
function mayGo() {
  return !body.querySelector("[data-here-address]")?.dataset.writes || window.confirm("What you typed here was not sent. Leave it all the same?");
}

function leave(next = "") {
  const open = body.querySelector("[data-referral-page]")?.dataset.referralPage;
  if (open && open !== next) document.dispatchEvent(new CustomEvent("desk:leaving"));
}

function show(referral) {
  referral.querySelector("a.back")?.remove();
  leave(referral.dataset.referralPage);
  body.replaceChildren(referral);
  beside.hidden = false;
  beside.parentElement.classList.add("desk-split");
  beside.querySelector("[data-beside-page]").href = referral.dataset.address;
  history.replaceState(null, "", `#open-${referral.dataset.referralPage}`);
  (body.querySelector("[role=alert]") ?? body).focus({ preventScroll: true });
  body.scrollTop = beside.scrollTop = 0;
}

async function open(link) {
  if (!mayGo()) return;
  try {
    await bring(fetch(link.href), (referral) => { show(referral); mark(link); });
  } catch { location.assign(link.href); }
}

function close() {
  if (!mayGo()) return;
  nothingElse();
  leave();
  beside.hidden = true;
  beside.parentElement.classList.remove("desk-split");
  body.replaceChildren();
  history.replaceState(null, "", location.pathname + location.search);
  const row = document.querySelector("tr.row-open");
  row?.classList.remove("row-open");
  row?.querySelector("th a")?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("desk:closed"));
}

if (beside) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("tr[data-referral] th a");
    if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  sendForms(body, () => body, show, true);
  beside.querySelector("[data-beside-close]").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && !beside.hidden && !document.querySelector("dialog[open]") && close());
  const asked = location.hash.match(/^#open-([0-9a-f-]{36})$/);
  const link = asked && document.querySelector(`#row-${CSS.escape(asked[1])} th a`);
  if (link && wide.matches) open(link);
}
