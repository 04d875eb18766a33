// What somebody typed into the forms of a referral and did not send: found before the page is drawn anew, put back after.

const ticked = (one) => one.type === "checkbox" || one.type === "radio";
const given = (select) => ([...select.options].find((option) => option.defaultSelected) ?? select.options[0])?.value;

function differs(one) {
  if (ticked(one)) return one.checked !== one.defaultChecked;
  if (one.type === "select-one") return one.value !== given(one);
  return one.value !== one.defaultValue;
}

// What the server gave back of a form that it refused counts as typed too, and so do words that are there to be copied.
const holds = (one) => differs(one) || (ticked(one) ? one.checked : one.tagName === "TEXTAREA" && one.value.trim() !== "");

// Everything of the page that is not in the form which is sent; copies of words that stand in a field are left out.
export function keep(root, sent) {
  const all = [...root.querySelectorAll("form select, form input:not([type=hidden]):not([type=submit]), textarea")];
  const fields = new Set(all.filter((one) => !one.readOnly).map((one) => one.value));
  return all
    .filter((one) => !(sent && one.form === sent) && holds(one) && !(one.readOnly && fields.has(one.value)))
    .map((one) => ({
      name: one.readOnly ? "" : one.name,
      type: one.type,
      value: one.value,
      checked: one.checked,
      label: one.labels?.[0]?.textContent.trim() ?? "",
    }));
}

// Whether leaving the page would lose something, also a file that was chosen.
export const wouldLose = (root, sent) => keep(root, sent).length > 0;

function fill(place, one) {
  if (ticked(place)) {
    if (place.checked === one.checked) return false;
    place.checked = one.checked;
  } else {
    if (place.value === one.value) return false;
    place.value = one.value;
  }
  for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  return true;
}

function placeOf(root, one) {
  const named = one.name ? [...root.querySelectorAll(`form [name="${CSS.escape(one.name)}"]`)] : [];
  return named.find((other) => {
    if (other.type !== one.type) return false;
    if (ticked(one)) return other.value === one.value;
    return one.type !== "select-one" || [...other.options].some((option) => option.value === one.value);
  });
}

// Words whose form is not there any more stand on top, to be copied.
function toCopy(lost) {
  const box = Object.assign(document.createElement("div"), { className: "notice notice-attention" });
  box.append(Object.assign(document.createElement("p"), {
    textContent: "What you had written has no place here any more. You can copy it:",
  }));
  lost.forEach((one, number) => {
    const field = Object.assign(document.createElement("div"), { className: "field" });
    const id = `copy-${number}`;
    field.append(
      Object.assign(document.createElement("label"), { htmlFor: id, textContent: one.label }),
      Object.assign(document.createElement("textarea"), { id, readOnly: true, rows: 4, value: one.value }),
    );
    box.append(field);
  });
  return box;
}

export function putBack(root, kept) {
  let touched = null;
  const lost = [];
  for (const one of kept) {
    const place = placeOf(root, one);
    if (place && fill(place, one)) touched = place;
    else if (!place && one.type === "textarea" && one.value.trim()) lost.push(one);
  }
  if (lost.length) root.prepend(toCopy(lost));
  const here = root.querySelector("[data-here-address]");
  if (touched) touched.dispatchEvent(new Event("input", { bubbles: true }));
  else if (lost.length && here) here.dataset.writes = "1";
}
