// Comfort only: every page works without this file.
"use strict";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// One box ticks all boxes of a name; a question is asked before what cannot be taken back.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (name) for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// On a phone the menu of the work shell is folded; beside the page it is always open.
const narrow = window.matchMedia("(max-width: 760px)");
function fold() {
  for (const menu of document.querySelectorAll("details[data-fold]")) menu.open = !narrow.matches;
}
narrow.addEventListener("change", fold);
fold();

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]");
}

// "/" goes to the search box; j and k walk the rows of the first table in the work shell, Enter opens the row's first link.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const box = document.getElementById("site-search");
    if (box) {
      event.preventDefault();
      box.focus();
    }
  }
  if ((event.key === "j" || event.key === "k") && document.body.classList.contains("work")) walk(event.key === "j" ? 1 : -1);
});

function walk(step) {
  const links = [...document.querySelectorAll("main table.data tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
  if (!links.length) return;
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  links[Math.min(Math.max(here + step, 0), links.length - 1)].focus();
}

// After a refused form the summary is read first.
document.querySelector(".error-summary")?.focus();

// A draft that is kept field by field: what could not be sent (the session ended, the line broke) is kept in this tab and sent when the page is open again.
const keyOf = (field) => `draft:${location.pathname}:${field.name}`;
document.addEventListener("input", (event) => {
  if (event.target.hasAttribute("hx-post")) sessionStorage.setItem(keyOf(event.target), event.target.value);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const field = event.detail.elt;
  if (event.detail.successful && field.name && sessionStorage.getItem(keyOf(field)) === field.value) sessionStorage.removeItem(keyOf(field));
});
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("[hx-post][name]")) {
    const kept = sessionStorage.getItem(keyOf(field));
    if (kept !== null && kept !== field.value) {
      field.value = kept;
      setTimeout(() => field.dispatchEvent(new Event("change", { bubbles: true })), 0);
    }
  }
});
