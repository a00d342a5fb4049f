// A menu closes when the next one opens, when Escape is pressed and when one looks elsewhere.
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    const menus = [...document.querySelectorAll(".nav details")];
    const close = (except) => menus.forEach((menu) => { if (menu !== except) menu.open = false; });
    menus.forEach((menu) => menu.addEventListener("toggle", () => { if (menu.open) close(menu); }));
    document.addEventListener("click", (event) => close(event.target.closest(".nav details")));
    document.addEventListener("keydown", function (event) {
      const open = menus.find((menu) => menu.open);
      if (event.key !== "Escape" || !open) return;
      close(null);
      open.querySelector("summary").focus();
    });
  });
})();
