// Each form of the desk is sent once, however often its button is pressed: a second press would send it again while the
// first is on its way. Where no page came, the form is free again after a while.

const FREE_AFTER_MS = 10_000;

const free = (form) => delete form.dataset.sending;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;  // sent by its own script, or only a question
  if (form.dataset.sending) return event.preventDefault();
  form.dataset.sending = "1";
  setTimeout(() => free(form), FREE_AFTER_MS);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(free));  // by “back”
