// Sends chosen files one after the other and in parts, so that a lost connection costs one part and goes on by itself.
// The protocol is tus 1.0.0. Without this script, or without a secure address, the form sends them whole.

const PART = 512 * 1024;
const PATIENCE_MS = 120_000;
const LONGEST_WAIT_MS = 30_000;
const MEGABYTE = 1_000_000;

class Lost extends Error {}
class Refused extends Error {}

const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const filled = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

async function digest(file) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const wait = setTimeout(resolve, milliseconds);
    addEventListener("online", () => { clearTimeout(wait); resolve(); }, { once: true });
  });
}

class Sending {
  constructor(file, form, says) {
    Object.assign(this, { file, form, says, record: form.elements.record.value, at: 0, tries: 0 });
    const row = document.getElementById("upload-row").content.cloneNode(true);
    this.row = row.querySelector("li");
    this.bar = row.querySelector("progress");
    this.state = row.querySelector(".upload-state");
    row.querySelector(".upload-name").textContent = file.name;
    this.bar.setAttribute("aria-label", file.name);
    this.stop = row.querySelector("button");
    this.stop.querySelector(".hidden-text").append(` ${file.name}`);
    this.stop.addEventListener("click", () => this.end());
    this.say("waiting");
  }

  say(word, values = {}) {
    const total = Math.max(0.1, this.file.size / MEGABYTE).toFixed(1);
    this.state.textContent = filled(this.says[word] ?? word, { total, ...values });
    this.row.dataset.state = this.says[word] ? word : "refused";
  }

  show(sent) {
    this.bar.value = (100 * sent) / this.file.size;
    this.say("sending", { sent: (sent / MEGABYTE).toFixed(1) });
  }

  ask(method, address, headers = {}, body = null) {
    return new Promise((resolve, reject) => {
      const asking = (this.asking = new XMLHttpRequest());
      asking.open(method, address);
      asking.timeout = PATIENCE_MS;
      const known = { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.form.elements.csrf_token.value };
      for (const [name, value] of Object.entries({ ...known, ...headers })) asking.setRequestHeader(name, value);
      asking.onerror = asking.ontimeout = asking.onabort = () => reject(new Lost());
      asking.upload.onprogress = (event) => { if (body) this.show(this.at + event.loaded); };
      asking.upload.onload = () => { if (body && this.at + body.size === this.file.size) this.say("checking"); };
      asking.onload = () => (asking.status >= 500 || asking.status === 429 ? reject(new Lost()) : resolve(asking));
      asking.send(body);
    });
  }

  refusal(answer) {
    try {
      return new Refused(JSON.parse(answer.responseText).message);
    } catch {
      return new Refused(this.says.over);
    }
  }

  async begin() {
    const told = { filename: this.file.name, record: this.record, sha256: await digest(this.file) };
    const metadata = Object.entries(told).map(([name, value]) => `${name} ${encoded(value)}`).join(",");
    const answer = await this.ask("POST", this.form.dataset.parts,
      { "Upload-Length": String(this.file.size), "Upload-Metadata": metadata });
    if (answer.status !== 201) throw this.refusal(answer);
    this.address = answer.getResponseHeader("Location");
    this.at = Number(answer.getResponseHeader("Upload-Offset"));
  }

  async where() {
    const answer = await this.ask("HEAD", this.address);
    if (answer.status !== 204) throw new Refused(this.says.over);
    this.at = Number(answer.getResponseHeader("Upload-Offset"));
  }

  async part() {
    const body = this.file.slice(this.at, this.at + PART);
    if (!body.size) this.say("checking");
    const headers = { "Upload-Offset": String(this.at), "Content-Type": "application/offset+octet-stream" };
    const answer = await this.ask("PATCH", this.address, headers, body);
    if (answer.status === 409 && answer.getResponseHeader("Upload-Offset")) return this.where();
    if (answer.status !== 204) throw this.refusal(answer);
    this.at = Number(answer.getResponseHeader("Upload-Offset"));
    this.tries = 0;
    this.kept = this.at === this.file.size;
    return null;
  }

  async run() {
    let lost = false;
    while (!this.kept && !this.ended) {
      try {
        if (!this.address) await this.begin();
        else if (lost) await this.where();
        lost = false;
        this.show(this.at);
        await this.part();
      } catch (problem) {
        if (this.ended) break;
        if (!(problem instanceof Lost)) return this.fail(problem);
        lost = true;
        this.say("lost");
        this.form.dispatchEvent(new CustomEvent("told", { detail: this.says.lost }));
        await pause(Math.min(1000 * 2 ** this.tries++, LONGEST_WAIT_MS));
      }
    }
    if (this.kept) {
      this.bar.value = 100;
      this.say("here");
      this.stop.remove();
    }
    return this.kept;
  }

  fail(problem) {
    this.say(problem instanceof Refused ? problem.message : this.says.over);
    this.form.dispatchEvent(new CustomEvent("told", { detail: `${this.file.name}: ${this.state.textContent}` }));
    this.bar.remove();
    this.stop.remove();
    return false;
  }

  end() {
    this.ended = true;
    this.asking?.abort();
    this.row.remove();
    if (this.address) this.ask("DELETE", this.address).catch(() => {});
  }
}

function watch(form) {
  const input = form.querySelector("input[type=file]");
  const shown = document.getElementById("uploads");
  const told = document.getElementById("uploads-told");
  const says = { ...shown.dataset };
  const queue = [];
  let works = false, whole = true;

  async function work() {
    if (works) return;
    works = true;
    for (let next; (next = queue.shift()); ) whole = (await next.run() || Boolean(next.ended)) && whole;
    works = false;
    told.textContent = whole ? says.all : says.notAll;
    if (whole && shown.querySelector("[data-state=here]")) location.assign(form.dataset.after);
    else shown.querySelector("[data-look]").hidden = false;
  }

  form.addEventListener("told", (event) => { told.textContent = event.detail; });
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    shown.hidden = false;
    for (const file of input.files) {
      const sending = new Sending(file, form, says);
      queue.push(sending);
      shown.querySelector("ul").append(sending.row);
    }
    input.value = "";
    told.textContent = says.begun;
    shown.scrollIntoView({ block: "nearest" });
    work();
  });
}

if (globalThis.crypto?.subtle) document.querySelectorAll("form[data-parts]").forEach(watch);
