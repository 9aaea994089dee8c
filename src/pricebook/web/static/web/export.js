// Export what the list shows: its filters and its order stand in the page's address, and htmx
// changes that without drawing the menu again.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-export]");
  if (!link) return;
  const query = new URLSearchParams(location.search);
  query.set("format", new URL(link.href).searchParams.get("format"));
  link.search = query;
}, { capture: true });
