// Security keys (WebAuthn): the form's options go to the browser, its answer goes into the form. Without this file: codes of an app.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function read(options) {
  const asked = JSON.parse(options);
  asked.challenge = bytes(asked.challenge);
  if (asked.user) asked.user.id = bytes(asked.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"])
    for (const credential of asked[list] || []) credential.id = bytes(credential.id);
  return asked;
}

function written(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[part]) response[part] = text(credential.response[part]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function asked(form) {
  const { keyCreate, keyGet } = form.dataset;
  return keyCreate
    ? navigator.credentials.create({ publicKey: read(keyCreate) })
    : navigator.credentials.get({ publicKey: read(keyGet) });
}

for (const form of document.querySelectorAll("form[data-key-create], form[data-key-get]")) {
  if (window.PublicKeyCredential) form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = form.querySelector("[data-answer], [name=answer]");
    const failed = form.querySelector("[data-key-failed]");
    failed.hidden = true;
    try {
      answer.value = written(await asked(form));
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      failed.hidden = false;
    }
  });
}
