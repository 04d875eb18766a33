// The palette: every list, and everything that can be done on this page now, found by a few letters.

const dialog = document.querySelector("[data-palette]");
const field = document.querySelector("#palette-words");
const found = document.querySelector("#palette-found");
const tools = document.querySelector("[data-desk-tools]");
let chosen = 0;
let shown = [];

function acts() {
  const buttons = [...document.querySelectorAll(".acts form:not(details form) button[name=action], .acts > details > summary, .on-behalf > summary")];
  return buttons.map((one) => ({ title: one.textContent.trim(), note: "now", run: () => use(one) }));
}

// What needs words or a choice is opened; what needs none is done at once, as a click would do it.
function use(element) {
  if (element.matches("summary")) {
    element.parentElement.open = true;
    (element.parentElement.querySelector("textarea, select, input:not([type=hidden])") ?? element).focus();
  } else element.click();
}

function everything() {
  const lists = JSON.parse(tools.dataset.lists);
  const rows = [...document.querySelectorAll("tr[data-referral] th a")];
  return [
    ...acts(),
    ...lists.map((one) => ({ title: one.title, note: "list", run: () => location.assign(one.href) })),
    ...rows.map((one) => ({ title: one.textContent.replace(/\s+/g, " ").trim(), note: "referral", run: () => one.click() })),
  ];
}

function draw() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = everything().filter((one) => words.every((word) => one.title.toLowerCase().includes(word))).slice(0, 12);
  chosen = 0;
  found.replaceChildren(...shown.map((one, number) => {
    const item = document.createElement("li");
    item.id = `palette-${number}`;
    item.role = "option";
    const note = document.createElement("span");
    note.className = "soft small";
    note.textContent = one.note;
    item.append(one.title, " ", note);
    item.addEventListener("click", () => run(number));
    return item;
  }));
  if (!shown.length) found.append(Object.assign(document.createElement("li"), { textContent: "Nothing fits these words." }));
  mark();
}

function mark() {
  [...found.children].forEach((item, number) => item.setAttribute("aria-selected", number === chosen));
  field.setAttribute("aria-activedescendant", shown.length ? `palette-${chosen}` : "");
  found.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function run(number) {
  dialog.close();
  shown[number]?.run();
}

function open() {
  field.value = "";
  dialog.showModal();
  draw();
}

if (dialog) {
  document.querySelector("[data-open-palette]").addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      open();
    }
  });
  field.addEventListener("input", draw);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); chosen = (chosen + step + shown.length) % Math.max(1, shown.length); mark(); }
    else if (event.key === "Enter") { event.preventDefault(); run(chosen); }
  });
}
