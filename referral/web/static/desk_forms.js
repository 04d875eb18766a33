// Sends the forms of a referral and shows what comes back in the place of the old page, so that what was typed in its
// other forms stays. Beside the list that is always so; on a page of its own only where something would be lost.

import { keep, putBack, wouldLose } from "./desk_typed.js";

let turn = 0;  // an answer that comes when something else was asked for meanwhile is not shown over that
let sent = null;  // a form that the browser itself sends

export const nothingElse = () => { turn += 1; };

// `place` puts the referral of an answer where it belongs; `typed` says what of the old page is put back into it.
export async function bring(asked, place, typed = () => []) {
  const mine = ++turn;
  const answer = await asked;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== turn) return;
  const referral = shown.querySelector("[data-referral-page]");
  if (referral) {
    const kept = typed();
    place(document.adoptNode(referral));
    putBack(referral, kept);
    document.dispatchEvent(new CustomEvent("desk:opened"));
  } else if (answer.ok) location.assign(answer.url);
  else throw new Error(shown.querySelector("h1")?.textContent ?? String(answer.status));
}

// It may have arrived all the same, so nothing is sent a second time by itself.
function notDone(form, why) {
  const told = Object.assign(document.createElement("p"), { className: "notice notice-attention" });
  told.dataset.noAnswer = "";
  told.setAttribute("role", "alert");
  told.textContent = why instanceof TypeError
    ? "No answer came. It may be done already: open the referral as a page and look before you send it again."
    : `This was not done: ${why.message}.`;
  form.prepend(told);
}

async function send(form, submitter, root, place) {
  if (form.dataset.sending) return;  // a second click
  form.dataset.sending = "1";
  form.querySelector("[data-no-answer]")?.remove();
  const body = new URLSearchParams(new FormData(form, submitter));
  // By attribute: a button that is called "action" hides the form's own, and a button without one names this page.
  const address = submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
  try {
    await bring(fetch(address, { method: "POST", body }), place, () => keep(root(), form));
  } catch (why) { notDone(form, why); } finally { delete form.dataset.sending; }
}

// `root` gives the part of the page that the referral stands in now.
export function sendForms(within, root, place, always) {
  within.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.enctype === "multipart/form-data" || (!always && !wouldLose(root(), form))) {
      sent = form;
      return;
    }
    event.preventDefault();
    send(form, event.submitter, root, place);
  });
  within.addEventListener("click", (event) => {
    const again = event.target.closest("[data-here-changed] a");
    if (!again || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    bring(fetch(again.href), place, () => keep(root(), null)).catch(() => location.assign(again.href));
  });
}

window.addEventListener("beforeunload", (event) => {
  const writes = document.querySelector("[data-here-address]")?.dataset.writes;
  const by = sent;
  sent = null;
  if (writes && !(by && !wouldLose(document.querySelector("[data-referral-page]"), by))) event.preventDefault();
});

// A referral on its own page: there the answer takes the place of the page's own part.
const main = document.querySelector("main");
const own = () => main.querySelector("[data-referral-page]");
if (main && own() && !main.querySelector("[data-beside]")) {
  sendForms(main, own, (referral) => {
    own().replaceWith(referral);
    const told = referral.querySelector("[role=alert]");
    if (told) told.focus();
    else main.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, false);
}
