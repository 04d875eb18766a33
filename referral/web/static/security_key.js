// Security keys (WebAuthn): asks the server for a question, the browser for the key's answer, and sends it back.
// Without this script, or in a browser that knows no keys, the part of the page stays hidden; a code does the same.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const read = (question) => {
  const known = question.allowCredentials ?? question.excludeCredentials ?? [];
  const credentials = known.map((credential) => ({ ...credential, id: bytes(credential.id) }));
  const options = { ...question, challenge: bytes(question.challenge) };
  if (question.allowCredentials) options.allowCredentials = credentials;
  if (question.excludeCredentials) options.excludeCredentials = credentials;
  if (question.user) options.user = { ...question.user, id: bytes(question.user.id) };
  return options;
};

const written = (credential) => {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
  });
};

const send = async (address, form) => {
  const answer = await fetch(address, { method: "POST", body: form, headers: { Accept: "application/json" } });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.message ?? "");
  return said;
};

const ask = async (part, form) => {
  const question = read(await send(part.dataset.question, new FormData(form)));
  const credential = await navigator.credentials[part.dataset.key]({ publicKey: question });
  const filled = new FormData(form);
  filled.set("answer", written(credential));
  location.assign((await send(part.dataset.answer, filled)).next);
};

for (const part of document.querySelectorAll("[data-key]")) {
  const form = part.querySelector("form");
  const said = part.querySelector("[role=status]");
  part.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = part.dataset.busy;
    try {
      await ask(part, form);
    } catch (error) {
      said.textContent = (error.constructor === Error && error.message) || part.dataset.failed;
    }
  });
}
