// The product list by hand and by keyboard: ticking products, and moving among them.

const checked = () => [...document.querySelectorAll('[name="ids"]:checked')];
const boxes = () => [...document.querySelectorAll('[name="ids"]')];

// --- ticks --------------------------------------------------------------------------------------

function question(number) {
  return `Delete ${number} product${number === "1" ? "" : "s"}? Their history stays, and it can be undone.`;
}

function showTicks() {
  const form = document.getElementById("selection");
  if (!form) return;
  const [all, ticked] = [boxes(), checked()];
  const isWholePage = all.length > 0 && ticked.length === all.length;
  const everything = form.elements.everything;
  if (!isWholePage) everything.value = "";
  const number = everything.value ? form.dataset.everything : String(ticked.length);

  form.hidden = ticked.length === 0;
  form.querySelector("[data-ticked]").textContent = everything.value ? `All ${number} selected` : `${number} selected`;
  const offer = form.querySelector("[data-tick-everything]");
  if (offer) offer.hidden = !isWholePage || everything.value !== "";
  const page = document.querySelector("[data-tick-page]");
  page.checked = isWholePage;
  page.indeterminate = ticked.length > 0 && !isWholePage;
  const remove = form.querySelector("[data-delete]");
  // For the whole book the server asks by itself, and wants its size typed.
  if (everything.value && !("filtered" in form.dataset)) remove.removeAttribute("hx-confirm");
  else remove.setAttribute("hx-confirm", question(number));
}

function tickAll(isTicked) {
  for (const box of boxes()) box.checked = isTicked;
  showTicks();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-page]")) tickAll(event.target.checked);
  else if (event.target.matches('[name="ids"]')) showTicks();
});

let last = null;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-tick-none]")) tickAll(false);
  if (event.target.closest("[data-tick-everything]")) {
    document.getElementById("selection").elements.everything.value = "on";
    showTicks();
  }
  if (!event.target.matches('[name="ids"]')) return;
  // With Shift, everything between two clicks becomes like the second.
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) {
    for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
    showTicks();
  }
  last = event.target;
});

// Ticks that the browser remembers from before a reload.
showTicks();

// --- keys ---------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("#product-table tbody tr")];
const present = () => document.activeElement.closest("#product-table tbody tr");

function move(step) {
  const all = rows();
  const at = all.indexOf(present());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  focusRow(next);
  next?.scrollIntoView({ block: "nearest" });
}

function focusRow(row) {
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
}

function showKeys() {
  const [frame, row] = [document.getElementById("shortcuts"), present()];
  frame.addEventListener("hidden.bs.modal", () => focusRow(row), { once: true });
  bootstrap.Modal.getOrCreateInstance(frame).show();
}

const deeds = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  x: () => present()?.querySelector('[name="ids"]')?.click(),
  e: () => present()?.querySelector("[data-edit]")?.click(),
  n: () => document.getElementById("product-new")?.click(),
  "?": showKeys,
  // On a link or a button inside the row, Enter is theirs.
  Enter: () => document.activeElement.matches("tr") && present().querySelector("th a").click(),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea, summary");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  // Until a modal is gone altogether, the keys are not the list's.
  if (document.body.classList.contains("modal-open") || document.querySelector(".dropdown-menu.show")) return;
  if (!Object.hasOwn(deeds, event.key)) return;
  if (event.key !== "Enter") event.preventDefault();
  deeds[event.key]();
});

// --- a table that was loaded again ----------------------------------------------------------------

// What was done to the ticked products is done: the ticks go. Else they stay, whoever changed the
// list meanwhile, and who works with the keyboard goes on at the same line.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt.closest("#selection")) tickAll(false);
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "product-table") return;
  const ticked = new Set(checked().map((box) => box.value));
  const at = rows().indexOf(present());
  const restore = () => {
    for (const box of boxes()) box.checked = ticked.has(box.value);
    showTicks();
    if (at >= 0 && !document.body.classList.contains("modal-open")) focusRow(rows()[at] ?? rows().at(-1));
  };
  document.body.addEventListener("htmx:afterSettle", restore, { once: true });
});
