// What every page does: toasts, questions before deeds, local times, keys, live job cards.

import { watchJobs } from "./jobs.js";
import { showSent, toast } from "./toast.js";

const times = {
  "": new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }),
  exact: new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }),
};

function prepare(root) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    element.textContent = times[element.dataset.local].format(new Date(element.dateTime));
    element.title = element.dateTime;
    delete element.dataset.local;
  }
  showSent(document);
  watchJobs(root);
}

prepare(document);
document.body.addEventListener("htmx:load", (event) => prepare(event.detail.elt));

// --- questions: hx-confirm asks in the page's own dialog --------------------------------------

document.body.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-question").textContent = event.detail.question;
  const modal = bootstrap.Modal.getOrCreateInstance(dialog);
  dialog.querySelector("#confirm-yes").onclick = () => {
    modal.hide();
    event.detail.issueRequest(true);
  };
  modal.show();
});

// --- filters: what is not set does not stand in the address -----------------------------------

document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.closest("[data-drop-blank]")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});

// --- suggestions are counted over the whole book, so they are fetched only where they are wanted

document.addEventListener("focusin", (event) => {
  const suggestions = document.getElementById("suggestions");
  if (suggestions && event.target.matches("input[list]")) htmx.trigger(suggestions, "needed");
});

// --- a server that does not answer as it should -----------------------------------------------

document.body.addEventListener("htmx:sendError", () => toast("The server does not answer. Is it running?"));
document.body.addEventListener("htmx:responseError", (event) => {
  toast(`The server refused that (${event.detail.xhr.status}). Reload the page and try again.`);
});

// --- keys and small buttons -------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, select, textarea, [contenteditable]");
  const search = document.querySelector("[data-search]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || !search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-close-card]")?.closest(".job")?.remove();
});
