// Runs before the first paint, so that a dark page never flashes white.
// The system's theme counts until a person chooses the other one; the choice is remembered.
(() => {
  const KEY = "pricebook.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  const current = () => localStorage.getItem(KEY) ?? (system.matches ? "dark" : "light");
  const apply = () => {
    document.documentElement.dataset.bsTheme = current();
    const label = document.querySelector("[data-theme-label]");
    if (label) label.textContent = current() === "dark" ? "Light theme" : "Dark theme";
  };

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const chosen = current() === "dark" ? "light" : "dark";
    const followsSystem = chosen === (system.matches ? "dark" : "light");
    if (followsSystem) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
    apply();
  });
})();
