// The one modal of the pages; partials/modal.html says how it is used.

const frame = document.getElementById("modal-frame");
const content = document.getElementById("modal");
const FIRST = "[autofocus], [aria-invalid=true], .modal-body input:not([type=hidden]), .modal-body select, .modal-body textarea, .modal-footer button";

const modal = () => bootstrap.Modal.getOrCreateInstance(frame);

function focusFirst() {
  const wanted = FIRST.split(", ").map((selector) => content.querySelector(selector));
  wanted.find((element) => element)?.focus();
}

let opener = null;

document.body.addEventListener("htmx:beforeRequest", (event) => {
  // Only what stands outside can be returned to: the content itself is replaced.
  if (event.detail.target === content && !content.contains(event.detail.elt)) opener = event.detail.elt;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== content || !content.hasChildNodes()) return;
  if (frame.classList.contains("show")) focusFirst();
  else modal().show();
});

// What is shown once goes by its button, not by a slip of a finger.
frame.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && content.querySelector(".secret")) event.stopImmediatePropagation();
  },
  { capture: true },
);

document.body.addEventListener("modal-close", () => modal().hide());

frame.addEventListener("shown.bs.modal", focusFirst);
frame.addEventListener("hidden.bs.modal", () => {
  content.replaceChildren();
  // A table that was loaded again has another button in the same place.
  const again = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  (again || document.getElementById("content")).focus();
  opener = null;
});
