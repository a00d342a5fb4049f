// Copies a command line; without scripts a click selects the whole line.
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    if (!navigator.clipboard) return;
    document.querySelectorAll("[data-copy]").forEach(function (button) {
      const before = button.textContent;
      button.hidden = false;
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(button.previousElementSibling.textContent).then(function () {
          button.textContent = button.dataset.done;
          setTimeout(function () { button.textContent = before; }, 2000);
        }, function () { button.hidden = true; });
      });
    });
  });
})();
