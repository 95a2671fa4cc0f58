// Dark mode follows the system. The colours themselves follow by CSS alone; this marks the page for the few
// drawings in Tabler (arrows of select boxes) that look at the attribute. In the head, so that nothing flashes.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const mark = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  mark();
  dark.addEventListener("change", mark);
})();
