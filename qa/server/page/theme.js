// The colours: what the system wants, or what was chosen here. Runs before the page is drawn, so that nothing flashes.
// The choice is the one thing that this page keeps in the browser.
"use strict";
{
  const root = document.documentElement;
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  let chosen = "";
  try {
    chosen = localStorage.getItem("theme") ?? "";
  } catch {
    // Storage can be switched off; then the choice lasts as long as the page.
  }
  apply(chosen);
  document.addEventListener("DOMContentLoaded", () => {
    const select = document.getElementById("theme");
    select.value = chosen;
    select.addEventListener("change", () => {
      apply(select.value);
      try {
        localStorage.setItem("theme", select.value);
      } catch {
        // As above.
      }
    });
  });
}
