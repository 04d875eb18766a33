// The last status of a request on this device: kept only when somebody asks for it, shown without a connection, removed
// with one press, and with the request. Nothing is kept but the sentence, what can be done, and when that was; no name, no address, no code.

const KEY = "kept-status";

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function write(kept) {
  try {
    if (kept) localStorage.setItem(KEY, JSON.stringify(kept));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false; // a browser that keeps nothing
  }
}

function moment(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
}

// On the tracking page: the question, or that it is kept. A kept status is brought up to date whenever the page is seen.
const asks = document.querySelector("[data-keep-status]");
if (asks) {
  const [ask, told] = [asks.querySelector(".keep-ask"), asks.querySelector(".keep-told")];
  const now = () => ({
    of: asks.dataset.keepStatus,
    status: document.querySelector(".status h1").textContent.trim(),
    next: document.querySelector(".status .can-do")?.textContent.trim() ?? "",
    at: Date.now(),
  });
  const show = () => {
    const kept = read()?.of === asks.dataset.keepStatus;
    [ask.hidden, told.hidden] = [kept, !kept];
    if (kept) told.querySelector("time").textContent = moment(read().at);
  };
  asks.addEventListener("click", (event) => {
    if (event.target.closest(".keep-yes") && !write(now())) return;
    if (event.target.closest(".keep-no")) write(null);
    if (!event.target.closest("button")) return;
    show();
    asks.querySelector("p:not([hidden]) button, div:not([hidden]) button")?.focus();
  });
  if (read()?.of === asks.dataset.keepStatus) write(now());
  asks.hidden = false;
  show();
}

// Where a request was erased, or closed on this device: nothing of it stays here.
if (document.querySelector("[data-forget-kept]")) write(null);

// On the page without a connection: what is kept, with its time.
const offline = document.querySelector("[data-offline]");
const kept = offline && read();
if (kept) {
  offline.querySelector(".kept-status").textContent = kept.status;
  offline.querySelector(".kept-next").textContent = kept.next;
  offline.querySelector("time").textContent = moment(kept.at);
  offline.hidden = false;
  offline.querySelector("button").addEventListener("click", () => {
    write(null);
    offline.hidden = true;
  });
}
document.querySelector("[data-try-again]")?.addEventListener("click", () => location.reload());

navigator.serviceWorker?.register("/sw.js").catch(() => {});
