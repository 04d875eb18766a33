// The map of the results, in place of its drawing: Leaflet on our own outlines, without tiles. map.js loads it when the
// map is seen. It asks our own server for files that are the same for everybody; where anything fails the drawing stays.

const COUNTIES_FROM = 7;
const figure = document.querySelector(".map-box .map");
const say = figure.dataset;

const points = say.points.split(" ").map((text) => {
  const [rank, latitude, longitude] = text.split(",").map(Number);
  return { rank, at: [latitude, longitude] };
});
const entry = (rank) => document.getElementById(`name-${rank}`)?.closest(".result");
const nameOf = (rank) => document.getElementById(`name-${rank}`)?.textContent ?? "";
const ranksOf = (element) => element.dataset.ranks.split(" ").map(Number);

// A marker and its results in the list are lit together, whichever of them is pointed at or has the focus.
function light(ranks, lit) {
  for (const rank of ranks) entry(rank)?.classList.toggle("is-lit", lit);
  for (const mark of figure.querySelectorAll("[data-ranks]"))
    if (ranksOf(mark).some((rank) => ranks.includes(rank))) mark.classList.toggle("is-lit", lit);
}

function watch(begin, end, lit) {
  figure.addEventListener(begin, (event) => {
    const mark = event.target.closest?.("[data-ranks]");
    if (mark) light(ranksOf(mark), lit);
  });
  for (const { rank } of points) entry(rank)?.addEventListener(end, () => light([rank], lit));
}
watch("mouseover", "mouseenter", true);
watch("mouseout", "mouseleave", false);
watch("focusin", "focusin", true);
watch("focusout", "focusout", false);

function load(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes, { onload: resolve, onerror: reject });
    document.head.append(element);
  });
}

// The lines of a drawing in degrees: a path has a beginning and steps, in thousandths of a degree of Mercator's map.
async function linesOf(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(address);
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const lines = {};
  for (const path of drawing.querySelectorAll("path"))
    lines[path.id] = path.getAttribute("d").split("M").slice(1).map(degrees);
  return lines;
}

function degrees(path) {
  const numbers = path.match(/-?\d+/g).map(Number);
  const line = [];
  let [x, y] = [0, 0];
  for (let at = 0; at < numbers.length; at += 2) {
    [x, y] = [x + numbers[at], y + numbers[at + 1]];
    line.push([(Math.atan(Math.sinh(((180 - y / 1000) * Math.PI) / 180)) * 180) / Math.PI, x / 1000 - 180]);
  }
  return line;
}

function iconOf(ranks) {
  const label = ranks.length === 1 ? ranks[0] : `${ranks[0]} +${ranks.length - 1}`;
  const words = ranks.length === 1
    ? say.one.replace("{n}", ranks[0]).replace("{name}", nameOf(ranks[0]))
    : say.many.replace("{n}", ranks.join(", "));
  const Numbered = L.DivIcon.extend({
    createIcon(old) {
      const element = L.DivIcon.prototype.createIcon.call(this, old);
      element.dataset.ranks = ranks.join(" ");
      element.setAttribute("aria-label", words);
      return element;
    },
  });
  const width = Math.max(44, 24 + 9 * String(label).length);
  return new Numbered({ className: "map-number", html: `<span>${label}</span>`, iconSize: [width, 44] });
}

function markersOn(map) {
  const group = L.markerClusterGroup({
    maxClusterRadius: 58,
    showCoverageOnHover: false,
    animate: false,
    spiderLegPolylineOptions: { className: "map-leg" },
    iconCreateFunction: (cluster) =>
      iconOf(cluster.getAllChildMarkers().map((marker) => marker.options.rank).sort((a, b) => a - b)),
  });
  for (const { rank, at } of points) {
    const marker = L.marker(at, { rank, icon: iconOf([rank]), keyboard: true });
    marker.on("click", () => {
      entry(rank)?.scrollIntoView({ block: "center" });
      document.querySelector(`#name-${rank} a`)?.focus({ preventScroll: true });
    });
    group.addLayer(marker);
  }
  return group.addTo(map);
}

// The tab key goes through the markers in the order of the list, however they were drawn.
function inOrder(pane) {
  const marks = [...pane.querySelectorAll(":scope > [data-ranks]")];
  const sorted = [...marks].sort((a, b) => ranksOf(a)[0] - ranksOf(b)[0]);
  if (marks.every((mark, at) => mark === sorted[at])) return;
  const focused = document.activeElement;
  pane.append(...sorted);
  if (pane.contains(focused)) focused.focus({ preventScroll: true });
}

function drawCounties(map) {
  const wanted = new Set(say.states.split(" ").filter(Boolean));
  return async () => {
    if (map.getZoom() < COUNTIES_FROM || !wanted.size) return;
    const states = [...wanted];
    wanted.clear();
    for (const state of states)
      linesOf(say.counties.replace("{state}", state)).then(
        ({ counties }) => L.polyline(counties, { className: "map-county", interactive: false }).addTo(map).bringToBack(),
        () => {},
      );
  };
}

async function start() {
  const [leaflet, clusters] = say.scripts.split(" ");
  const sheets = say.sheets.split(" ").map((href) => load("link", { rel: "stylesheet", href }));
  const outlines = linesOf(say.outlines);
  await load("script", { src: leaflet });
  await load("script", { src: clusters });
  await Promise.all(sheets);
  const { land, borders } = await outlines;

  const ground = document.createElement("div");
  ground.className = "map-ground";
  ground.setAttribute("role", "group");
  ground.setAttribute("aria-label", say.map);
  figure.prepend(ground);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(ground, {
    attributionControl: false,
    zoomControl: false,
    scrollWheelZoom: false,
    zoomAnimation: !still,
    fadeAnimation: false,
    inertia: !still,
    minZoom: 2,
    maxZoom: 12,
    zoomSnap: 0.5,
    maxBounds: [[0, -200], [80, -40]],
  });
  L.control.zoom({ position: "bottomright", zoomInTitle: say.in, zoomOutTitle: say.out }).addTo(map);
  const reach = L.latLngBounds(points.map(({ at }) => at));
  if (say.home) reach.extend(say.home.split(",").map(Number));
  map.fitBounds(reach, { padding: [36, 36], maxZoom: 9 });
  L.polygon(land.map((ring) => [ring]), { className: "map-land", interactive: false }).addTo(map);
  L.polyline(borders, { className: "map-borders", interactive: false }).addTo(map);
  if (say.home) {
    const home = say.home.split(",").map(Number);
    L.marker(home, { keyboard: false, interactive: false, icon: L.divIcon({ className: "map-ring", iconSize: [22, 22] }) })
      .addTo(map);
  }
  markersOn(map);
  const pane = map.getPane("markerPane");
  let byKey = false;
  const later = () => setTimeout(() => {
    inOrder(pane);
    if (byKey && document.activeElement === document.body) ground.focus({ preventScroll: true });
    byKey = false;
  });
  new MutationObserver(later).observe(pane, { childList: true });
  later();
  map.on("zoomend", drawCounties(map)).fire("zoomend");
  ground.addEventListener("keydown", (event) => {
    const mark = event.target.closest("[data-ranks]");
    if (!mark || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    byKey = true;
    mark.click();
  }, true);
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(ground);
  figure.classList.add("map-moves");
}

start().catch(() => figure.querySelector(".map-ground")?.remove());
