// Makes a slider of the steps between experience and nearness. Moving it asks the server for the same page in the other
// order and puts its list in place of this one: nothing jumps, what was open stays open, and a sentence says who moved.
// Without this script, or when the server does not answer, the steps and their button are there.

const PAUSE = 150; // milliseconds without a move before the server is asked
const MOST_SAID = 3;
const said = document.querySelector("[data-balance]");
const words = said.dataset;
const form = said.closest("form");
const fieldset = said.closest("fieldset");
const steps = [...fieldset.querySelectorAll("input[type=radio]")];
const plain = [...fieldset.querySelectorAll(".choice, button")];
const labels = steps.map((step) => fieldset.querySelector(`label[for="${step.id}"]`).textContent);
let asking = null;
let waiting = 0;
let turn = 0;

function element(tag, properties, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const now = Math.max(0, steps.findIndex((step) => step.checked));
const slider = element("input", { type: "range", min: 0, max: steps.length - 1, step: 1, value: now, id: "balance-slider" });
slider.setAttribute("aria-label", words.label);
const shown = element("output", { htmlFor: "balance-slider", className: "balance-shown" });
const ends = element("p", { className: "balance-ends small" }, [
  element("span", { textContent: words.one }),
  element("span", { textContent: words.other }),
]);
ends.setAttribute("aria-hidden", "true");
const box = element("div", { className: "balance-slider" }, [slider, ends, shown]);

function show() {
  const at = Number(slider.value);
  steps[at].checked = true;
  shown.textContent = labels[at];
  slider.setAttribute("aria-valuetext", labels[at]);
}

/** The results of a page by the id of their role, in their order, each with its number and name. */
function listed(page) {
  const found = new Map();
  const first = Number(page.querySelector(".matches").start || 1);
  page.querySelectorAll(".matches > .result").forEach((row, at) => {
    const name = row.querySelector("h3 a").textContent.trim();
    found.set(row.querySelector("[name=chosen]").value, { row, name, number: first + at });
  });
  return found;
}

function changes(before, after) {
  const moves = [];
  for (const [role, { name, number }] of after) {
    const from = before.get(role)?.number;
    if (from === number) continue;
    const sentence = (from ? words.moved : words.new).replace("{name}", name).replace("{to}", number);
    moves.push({ size: from ? Math.abs(from - number) : 0, number, text: sentence.replace("{from}", from) });
  }
  moves.sort((one, other) => other.size - one.size || one.number - other.number);
  return moves.length ? `${moves.slice(0, MOST_SAID).map((move) => move.text).join("; ")}.` : words.same;
}

function replace(selector, page) {
  const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
  if (old && fresh) old.replaceWith(fresh);
}

/** The map beside the list carries its numbers: the server's drawing replaces it, and its script begins anew. */
function replaceMap(page) {
  const script = document.querySelector('.results script[src*="map.js"]');
  const open = document.querySelector(".map-box")?.open;
  replace(".map-box", page);
  const fresh = document.querySelector(".map-box");
  if (!script || !fresh) return;
  fresh.open = open;
  turn += 1;
  import(`${script.src}&turn=${turn}`);
}

function put(page) {
  const [before, after] = [listed(document), listed(page)];
  const top = slider.getBoundingClientRect().top;
  for (const [role, { row }] of after) {
    const details = before.get(role)?.row.querySelector("details");
    if (details?.open) row.querySelector("details").open = true;
  }
  const list = document.querySelector(".matches");
  list.start = page.querySelector(".matches").start;
  list.replaceChildren(...[...after.values()].map(({ row }) => row));
  for (const old of form.querySelectorAll("input[type=hidden][name=chosen]")) old.remove();
  form.prepend(...page.querySelectorAll(".results > input[type=hidden][name=chosen]"));
  for (const selector of [".coverage", ".pager", ".balance-now", ".balance-change"]) replace(selector, page);
  replaceMap(page);
  scrollBy({ top: slider.getBoundingClientRect().top - top, behavior: "instant" });
  said.textContent = changes(before, after);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: asking.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.querySelector(".matches")) throw new Error(`status ${answer.status}`);
    put(page);
  } catch (error) {
    if (error.name !== "AbortError") giveUp();
  }
}

function giveUp() {
  const focused = document.activeElement === slider;
  box.remove();
  for (const part of plain) part.hidden = false;
  if (focused) steps[Number(slider.value)].focus();
  said.textContent = words.failed;
}

slider.addEventListener("input", () => {
  show();
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});

fieldset.querySelector("legend").after(box);
for (const part of plain) part.hidden = true;
show();
