// On a wide screen a referral opens beside the list. Its forms work there as on its own page; without this file, or on a
// narrow screen, a row leads to that page.

const wide = window.matchMedia("(min-width: 80rem)");
const beside = document.querySelector("[data-beside]");
const body = document.querySelector("[data-beside-body]");
let turn = 0;  // an answer that comes when something else was asked for meanwhile is not shown over that

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

async function show(answer) {
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  const referral = shown.querySelector("[data-referral-page]");
  if (!referral) return location.assign(answer.url);
  referral.querySelector("a.back")?.remove();
  leave(referral.dataset.referralPage);
  body.replaceChildren(document.adoptNode(referral));
  beside.hidden = false;
  beside.parentElement.classList.add("desk-split");
  beside.querySelector("[data-beside-page]").href = referral.dataset.address;
  history.replaceState(null, "", `#open-${referral.dataset.referralPage}`);
  (body.querySelector("[role=alert]") ?? body).focus({ preventScroll: true });
  body.scrollTop = beside.scrollTop = 0;
  document.dispatchEvent(new CustomEvent("desk:opened"));
}

async function open(link) {
  if (!mayGo()) return;
  const mine = ++turn;
  try {
    const answer = await fetch(link.href);
    if (mine !== turn) return;
    await show(answer);
    mark(link);
  } catch { location.assign(link.href); }
}

async function submit(event) {
  const form = event.target;
  if (form.method !== "post" || form.enctype === "multipart/form-data") return;
  event.preventDefault();
  if (form.dataset.sending) return;  // a second click
  form.dataset.sending = "1";
  form.querySelector("[data-no-answer]")?.remove();
  const data = new FormData(form, event.submitter);
  // By attribute: a button that is called "action" hides the form's own, and a button without one names this page.
  const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const mine = ++turn;
  try {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(data) });
    if (mine === turn) await show(answer);
  } catch { noAnswer(form); } finally { delete form.dataset.sending; }
}

// It may have arrived all the same, so nothing is sent a second time by itself.
function noAnswer(form) {
  const told = Object.assign(document.createElement("p"), { className: "notice notice-attention" });
  told.dataset.noAnswer = "";
  told.setAttribute("role", "alert");
  told.textContent = "No answer came. It may be done already: open the referral as a page and look before you send it again.";
  form.prepend(told);
}

function close() {
  if (!mayGo()) return;
  turn += 1;
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
  body.addEventListener("submit", submit);
  body.addEventListener("click", (event) => {
    const again = event.target.closest("[data-here-changed] a");
    if (again) { event.preventDefault(); open(again); }
  });
  beside.querySelector("[data-beside-close]").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && !beside.hidden && !document.querySelector("dialog[open]") && close());
  const asked = location.hash.match(/^#open-([0-9a-f-]{36})$/);
  const link = asked && document.querySelector(`#row-${CSS.escape(asked[1])} th a`);
  if (link && wide.matches) open(link);
}
