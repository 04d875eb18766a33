// Keeps the list up to date where it stands. Rows change in place and never move: what would move them, or is new, waits
// behind a quiet line. A stream tells it; where there is none, or too many listen, the page asks now and then.

const live = document.querySelector("[data-live]");
const POLL_MS = 10_000;
const TRY_STREAM_MS = 60_000;
let since = live?.dataset.live;
let source = null;
let timer = null;
let streamAgain = 0;
const drawn = Number(live?.dataset.live);  // what is no newer stood on the page when it came; the first answer tells some of it again
let first = true;
const seen = new Set();
const changed = new Set();

const row = (id) => document.getElementById(`row-${id}`);
const query = () => {
  const ids = [...document.querySelectorAll("tr[data-referral]")].slice(0, 100).map((one) => one.dataset.referral.replaceAll("-", ""));
  return new URLSearchParams({ since, rows: ids.join(",") });
};

// Cell by cell: what somebody is on keeps its focus, a ticked box its tick.
function redraw(id, html, marked) {
  const old = row(id);
  const fresh = new DOMParser().parseFromString(`<table>${html}</table>`, "text/html").querySelector("tr");
  if (!old || !fresh) return;
  for (const cell of fresh.querySelectorAll("td[class]")) {
    const kind = [...cell.classList].find((name) => name.startsWith("cell-"));
    const place = kind && old.querySelector(`td.${kind}`);
    if (!place || place.contains(document.activeElement)) continue;
    const here = place.querySelector("[data-here]")?.textContent;
    place.className = cell.className;
    place.replaceChildren(...document.adoptNode(cell).childNodes);
    const kept = place.querySelector("[data-here]");
    if (kept && here) kept.textContent = here;
  }
  if (marked) old.classList.add("row-changed");
}

function showHere(here) {
  for (const place of document.querySelectorAll("tr[data-referral] [data-here]")) {
    const others = here[place.closest("tr").dataset.referral] ?? [];
    const names = others.map((one) => one.name).join(", ");
    const said = names ? `${names} ${others[0].editing ? "is writing here" : "has it open"}` : "";
    if (place.textContent !== said) place.textContent = said;
  }
}

function showCounts(counts) {
  for (const link of document.querySelectorAll(".worklists a[href*='queue=']")) {
    const name = new URL(link.href).searchParams.get("queue");
    const place = link.querySelector(".count");
    if (!place || !(name in counts) || place.firstChild?.textContent.trim() === String(counts[name])) continue;
    place.firstChild.textContent = counts[name];
    place.classList.toggle("count-none", counts[name] === 0);
  }
}

function showNews() {
  const news = live.querySelector("[data-live-news]");
  news.hidden = changed.size === 0;
  live.querySelector("[data-live-count]").textContent = changed.size === 1 ? "1 change:" : `${changed.size} changes:`;
}

function take(told) {
  if (told.since) since = String(Math.max(Number(since), told.since));
  for (const [number, id] of told.changes ?? []) {
    if (seen.has(number)) continue;
    seen.add(number);
    if (!first || number > drawn) changed.add(id);
  }
  for (const [id, html] of Object.entries(told.rows ?? {})) redraw(id, html, changed.has(id));
  if (told.here) showHere(told.here);
  if (told.counts) showCounts(told.counts);
  if (told.changes?.length) {
    showNews();
    document.dispatchEvent(new CustomEvent("desk:changed", { detail: told.changes.map(([, id]) => id) }));
  }
  if (told.changes) first = false;
}

function ended() {
  live.querySelector("[data-live-off]").hidden = false;
  stop();
}

async function poll() {
  try {
    const answer = await fetch(`${live.dataset.changes}?${query()}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.redirected) return ended();
    if (answer.ok) take(await answer.json());
  } catch { /* the line is down: the next look finds what has come meanwhile */ }
  if (Date.now() > streamAgain && window.EventSource) start();
  else timer = setTimeout(poll, POLL_MS);
}

function start() {
  stop();
  if (!window.EventSource) return void (timer = setTimeout(poll, POLL_MS));
  source = new EventSource(`${live.dataset.stream}?${query()}`);
  source.addEventListener("news", (event) => take(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return;  // it comes again by itself
    streamAgain = Date.now() + TRY_STREAM_MS;
    stop();
    poll();
  });
}

function stop() {
  source?.close();
  source = null;
  clearTimeout(timer);
}

// A tab that nobody looks at holds no stream: a browser has few lines for one place.
if (live) {
  for (const button of live.querySelectorAll("[data-live-show]")) button.addEventListener("click", () => location.reload());
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  window.addEventListener("pagehide", stop);
  if (!document.hidden) start();
}
