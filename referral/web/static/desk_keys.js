// The keys of the desk: j and k move along the rows, o opens, a takes, g and a letter lead to a list. Each is a button or
// a link as well. Single keys can be turned off (WCAG 2.1.4), and none counts while somebody types.

const OFF = "desk-keys-off";
const tools = document.querySelector("[data-desk-tools]");
const help = document.querySelector("[data-help]");
const lists = tools ? JSON.parse(tools.dataset.lists) : [];
let waitsForList = 0;

const rows = () => [...document.querySelectorAll("tr[data-referral]")];
const linkOf = (row) => row?.querySelector("th a, a");
const present = () => rows().find((row) => row.contains(document.activeElement)) ?? rows().find((row) => row.classList.contains("row-present"));

function go(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(present());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
  all.forEach((row) => row.classList.toggle("row-present", row === next));
  linkOf(next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// The form goes where the button of the page would go, with the token that every form has.
export function send(address) {
  const form = document.querySelector("[data-quick]");
  form.action = address;
  form.requestSubmit();
}

// On its own page the page comes again, beside the list the button there is pressed; of a row alone the list stays where
// it is, and tells what became of it.
async function take() {
  const beside = document.querySelector("[data-beside]:not([hidden]) [data-referral-page]");
  const page = document.querySelector("[data-referral-page]");
  if (page && !beside) {
    const button = page.querySelector("[data-key='a']");
    return button ? button.click() : send(`/coordinator/referrals/${page.dataset.referralPage}/take`);
  }
  const row = present();
  const inside = document.activeElement?.closest("[data-beside]");
  if (beside && (inside || !row || row.dataset.referral === beside.dataset.referralPage)) {
    return beside.querySelector("[data-key='a']")?.click();
  }
  if (!row) return;
  const address = `/coordinator/referrals/${row.dataset.referral}/take`;
  try {
    const token = document.querySelector("[data-quick] [name=csrf_token]").value;
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token }) });
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("[data-live-said]").textContent = shown.querySelector(".notice[role=alert] p, .notice[role=status]").textContent;
  } catch { send(address); }
}

function search() {
  const field = document.querySelector("[data-search], .desk-main input[type=search], .desk-main input[type=text]");
  field?.closest("details")?.setAttribute("open", "");
  if (field) field.focus();
  else document.querySelector("[data-open-palette]").click();
}

function back() {
  const close = document.querySelector("[data-beside]:not([hidden]) [data-beside-close]");
  (close ?? document.querySelector("a.back"))?.click();
}

// What leads on is one more key away, unless it needs words first.
function toDo() {
  const form = document.querySelector(".acts form");
  (form?.querySelector("[name='answer-information.text']") ?? form?.querySelector("button[name=action]"))?.focus();
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  o: () => linkOf(present())?.click(),
  a: take,
  d: toDo,
  u: back,
  "/": search,
  "?": () => help.showModal(),
  g: () => { waitsForList = Date.now(); },
};

function isTyping(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable], dialog");
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (localStorage.getItem(OFF) || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (waitsForList && Date.now() - waitsForList < 1500) {
    waitsForList = 0;
    const list = lists.find((one) => one.key === event.key);
    if (list) { event.preventDefault(); location.assign(list.href); }
    return;
  }
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
}

if (tools) {
  tools.hidden = false;
  document.querySelector("[data-open-help]").addEventListener("click", () => help.showModal());
  document.querySelector("[data-go-list]").textContent = lists.map((one) => `${one.key} ${one.title}`).join(" · ");
  const on = document.querySelector("[data-keys-on]");
  on.checked = !localStorage.getItem(OFF);
  on.addEventListener("change", () => (on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  document.addEventListener("keydown", onKey);
}
