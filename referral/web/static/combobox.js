// Turns a text input that names an address in data-suggest into a combobox: the pattern "editable combobox with list
// autocomplete, manual selection" of the ARIA Authoring Practices. Without this script, without an answer and after any
// error it stays the plain input it was. Nothing is chosen but by the person: only Enter on a row, a click or a tap.

const DELAY = 120; // milliseconds without a key before the server is asked
const SHORTEST = 2;
const LONGEST = 200;
const LEAST_ROOM = 200; // pixels: a list that is lower shows too little to be of use

/** Small letters without accents, one for each letter of `text`, so that places in one are places in the other. */
function folded(text) {
  return Array.from(text, (letter) => letter.normalize("NFD")[0].toLowerCase()).join("");
}

/** `text` as nodes, with the letters marked that begin like a word of `typed`. */
function marked(text, typed) {
  const composed = text.normalize("NFC");
  const words = folded(typed.normalize("NFC")).match(/[\p{L}\p{N}]+/gu) ?? [];
  const plain = folded(composed);
  if (!words.length || plain.length !== composed.length) return [composed];
  const begun = words.sort((one, other) => other.length - one.length).join("|");
  const nodes = [];
  let at = 0;
  for (const found of plain.matchAll(new RegExp(`(^|[^\\p{L}\\p{N}])(${begun})`, "gu"))) {
    const start = found.index + found[1].length;
    const mark = document.createElement("b");
    mark.textContent = composed.slice(start, start + found[2].length);
    nodes.push(composed.slice(at, start), mark);
    at = start + found[2].length;
  }
  return [...nodes, composed.slice(at)];
}

function element(tag, attributes, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

class Combobox {
  constructor(input) {
    this.input = input;
    this.code = document.getElementById(input.dataset.code);
    this.says = input.dataset;
    this.rows = []; // the suggestions for `asked`
    this.asked = "";
    this.active = -1;
    this.composing = false;
    this.list = element("ul", { id: `${input.id}-list`, role: "listbox", class: "suggestions", hidden: "" });
    this.list.setAttribute("aria-label", this.says.label);
    this.status = element("p", { role: "status", class: "hidden-text" });
    input.after(this.list, this.status);
    const pattern = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    for (const [name, value] of Object.entries(pattern)) input.setAttribute(name, value);
    input.setAttribute("aria-controls", this.list.id);
    this.listen();
  }

  listen() {
    const { input, list } = this;
    input.addEventListener("input", () => this.changed());
    input.addEventListener("compositionstart", () => {
      this.composing = true;
    });
    input.addEventListener("compositionend", () => {
      this.composing = false;
      this.changed();
    });
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.stop());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the input
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose([...list.children].indexOf(row));
    });
    window.addEventListener("pageshow", () => this.close());
  }

  /** What was typed is no longer what was chosen. */
  changed() {
    this.code.value = "";
    this.point(-1);
    clearTimeout(this.timer);
    this.request?.abort();
    if (!this.composing) this.timer = setTimeout(() => this.ask(), DELAY);
  }

  /** Ask for suggestions, and show them if nothing was typed since. */
  async ask() {
    const text = this.input.value.trim();
    clearTimeout(this.timer);
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    const short = text.length < SHORTEST || text.length > LONGEST;
    const rows = short ? null : await this.answer(text, request.signal);
    if (request.signal.aborted) return; // a later question is on its way, or the person has left the field
    if (Array.isArray(rows)) this.show(rows, text);
    else this.close();
  }

  /** The server's suggestions for a text; null when it cannot be reached or does not know the question. */
  async answer(text, signal) {
    try {
      const answer = await fetch(this.says.suggest, { method: "POST", body: new URLSearchParams({ q: text }), signal });
      return answer.ok ? (await answer.json()).suggestions : null;
    } catch {
      return null;
    }
  }

  show(rows, text) {
    const pointed = this.rows[this.active]?.code; // a row of the last answer that was gone to meanwhile
    this.rows = rows;
    this.asked = text;
    this.list.replaceChildren(...rows.map((row, at) => this.option(row, at)));
    if (rows.length) this.open();
    else this.close();
    this.point(rows.findIndex((row) => row.code === pointed));
    const count = rows.length === 1 ? this.says.one : this.says.many.replace("{n}", rows.length);
    this.status.textContent = rows.length ? count : this.says.none;
  }

  option(row, at) {
    const name = element("span", { class: "suggestion-name" }, marked(row.name, this.asked));
    const matched = element("span", { lang: row.language }, marked(row.matched, this.asked));
    const more = element("span", { class: "suggestion-more" }, row.matched ? [matched, " · ", row.where] : [row.where]);
    const attributes = { id: `${this.list.id}-${at + 1}`, role: "option", "aria-selected": "false" };
    return element("li", attributes, [name, " ", more]);
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** How many pixels there are below the input, above a keyboard on the screen. */
  get room() {
    const height = window.visualViewport?.height ?? window.innerHeight;
    return height - this.input.getBoundingClientRect().bottom - 12;
  }

  open() {
    if (!this.isOpen && this.room < LEAST_ROOM) this.input.labels[0]?.scrollIntoView();
    this.list.style.setProperty("--room", `${Math.max(this.room, LEAST_ROOM)}px`);
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.point(-1);
    this.input.setAttribute("aria-expanded", "false");
    this.status.textContent = "";
  }

  /** Close, and let no answer open the list again. */
  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.close();
  }

  /** Mark the row that Enter would choose; -1 for none. */
  point(at) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = at;
    const row = this.list.children[at];
    this.input.removeAttribute("aria-activedescendant");
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", row.id);
  }

  /** One row down or up, from the input to the first or last one; a closed list opens, or is asked for. */
  move(step) {
    if (!this.isOpen && !this.reopen()) return;
    const many = this.rows.length;
    const from = this.active < 0 && step < 0 ? many : this.active;
    this.point((from + step + many) % many);
  }

  /** Show the rows of the text again; where there are none yet, ask at once. Return whether the list is open. */
  reopen() {
    if (this.rows.length && this.asked === this.input.value.trim()) this.open();
    else this.ask();
    return this.isOpen;
  }

  choose(at) {
    const { name, code } = this.rows[at];
    this.stop();
    this.input.value = name;
    this.code.value = code;
    this.input.focus();
    this.status.textContent = this.says.chosen.replace("{name}", name);
  }

  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (this.obey(event)) event.preventDefault();
  }

  /** Do what a key says; return whether the browser shall do nothing of its own. */
  obey({ key, altKey, shiftKey }) {
    if (key === "ArrowDown") altKey ? this.reopen() : this.move(1);
    else if (key === "ArrowUp") altKey ? this.close() : this.move(-1);
    else if (key === "Enter" && this.active >= 0) this.choose(this.active);
    else if (key === "Escape" && this.isOpen) this.close(); // what was typed stays
    else return this.leave(key, shiftKey);
    return true;
  }

  /** Keys that go back to the text or on to the next field. */
  leave(key, shiftKey) {
    if (key === "Tab" || key === "Enter" || key === "Escape") this.stop();
    else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(key)) this.point(-1);
    if (shiftKey || (key !== "Home" && key !== "End")) return false;
    const place = key === "Home" ? 0 : this.input.value.length; // not every system moves the caret for these keys
    this.input.setSelectionRange(place, place);
    return true;
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Combobox(input);
