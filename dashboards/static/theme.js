// Set before anything is painted, so that a chosen theme does not flash.
(function () {
  "use strict";
  const KEY = "overread-theme";
  const root = document.documentElement;
  function stored() {
    try { return localStorage.getItem(KEY); } catch (refused) { return null; }
  }
  function keep(theme) {
    try { localStorage.setItem(KEY, theme); } catch (refused) { /* a folder opened without storage: this page only */ }
  }
  function dark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  const before = stored();
  if (before === "dark" || before === "light") root.dataset.theme = before;
  document.addEventListener("DOMContentLoaded", function () {
    const button = document.querySelector("[data-switch-theme]");
    if (!button) return;
    const say = () => { button.textContent = dark() ? button.dataset.light : button.dataset.dark; };
    button.hidden = false;
    say();
    button.addEventListener("click", function () {
      root.dataset.theme = dark() ? "light" : "dark";
      keep(root.dataset.theme);
      say();
      document.dispatchEvent(new Event("overread:theme"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
      say();
      document.dispatchEvent(new Event("overread:theme"));
    });
  });
})();
