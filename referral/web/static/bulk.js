// Many requests at once: how many rows are ticked, a box that ticks all of the page, and progress without reloading.

const form = document.getElementById("bulk");
const rows = [...document.querySelectorAll('input[name="row"][form="bulk"]')];

function tell() {
  const ticked = rows.filter((row) => row.checked).length;
  const every = form.elements.all.checked;
  const told = form.querySelector("[data-ticked]");
  told.hidden = false;
  told.textContent = every ? "All that match" : `${ticked} selected`;
  form.querySelector("[data-untold]").hidden = true;
  for (const button of form.querySelectorAll("button")) button.disabled = !every && ticked === 0;
}

function offerAll(cell) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", autocomplete: "off" });
  const words = Object.assign(document.createElement("span"), {
    className: "hidden-text",
    textContent: "Select all rows of this page",
  });
  label.append(box, words);
  cell.append(label);
  box.addEventListener("change", () => {
    for (const row of rows) row.checked = box.checked;
    tell();
  });
}

if (form) {
  const head = document.querySelector("[data-tick-all]");
  if (head) offerAll(head);
  document.addEventListener("change", (event) => {
    if (event.target.form === form) tell();
  });
  tell();
}

// The page of a job: its middle part is fetched again while it moves; a countdown says how long it can be taken back.

async function lookAgain(part) {
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("bulk-state");
    if (!fresh) return;
    part.replaceWith(document.adoptNode(fresh));
    document.title = page.title;
  } catch {
    // The network is away for a moment; the next look finds it back.
  }
}

function countDown(part) {
  const left = part.querySelector("[data-left]");
  const end = performance.now() + Number(part.dataset.seconds) * 1000;
  const tick = setInterval(() => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (!part.isConnected) clearInterval(tick);
    else if (seconds <= 0) {
      clearInterval(tick);
      part.querySelector(".bulk-undo")?.remove();
    } else left.textContent = `${seconds} s left`;
  }, 250);
}

async function follow() {
  let part = document.getElementById("bulk-state");
  while (part && "moves" in part.dataset) {
    await new Promise((done) => setTimeout(done, 1000));
    await lookAgain(part);
    part = document.getElementById("bulk-state");
  }
  if (part?.dataset.seconds && part.querySelector("[data-left]")) countDown(part);
}

follow();
