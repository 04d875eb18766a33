// "Use it" beside a text puts the template in at once; without this the server gives the whole form back, filled.

async function use(button) {
  const form = button.form;
  const data = new FormData(form);
  data.set("fill", button.value);
  const answer = await fetch(button.formAction, {
    method: "POST",
    body: new URLSearchParams([...data].filter(([, value]) => typeof value === "string")),
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const { text, records, told } = await answer.json();
  const area = form.elements.namedItem(`${button.value}.text`) ?? form.elements.namedItem(button.value);
  if (text) area.value = [area.value.trim(), text].filter(Boolean).join("\n\n");
  for (const box of form.querySelectorAll(`input[name="${button.value}.items"]`)) {
    if (records.includes(box.value)) box.checked = true;
  }
  button.closest("[data-template]").querySelector("[data-template-told]").textContent = told;
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

let asPlain = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest('[data-template] button[name="fill"]');
  if (!button || button === asPlain) return;
  event.preventDefault();
  use(button).catch(() => {
    // The page itself knows what to say: let the button do what it does without JavaScript.
    asPlain = button;
    button.click();
  });
});
