// Toasts: those that the server sent, and those about the server not answering.

export function showSent(root) {
  for (const element of root.querySelectorAll(".toast:not([data-shown])")) {
    element.dataset.shown = "";
    bootstrap.Toast.getOrCreateInstance(element).show();
    element.addEventListener("hidden.bs.toast", () => element.remove());
    // What was taken back cannot be taken back twice.
    element.addEventListener("htmx:afterRequest", () => bootstrap.Toast.getInstance(element)?.hide());
  }
}

export function toast(text) {
  const container = document.getElementById("toasts");
  const same = [...container.querySelectorAll("[data-toast-text]")];
  // A server that is away makes every poll fail: one toast says it.
  if (same.some((element) => element.textContent === text)) return;
  container.append(document.getElementById("toast").content.cloneNode(true));
  container.lastElementChild.querySelector("[data-toast-text]").textContent = text;
  showSent(container);
}
