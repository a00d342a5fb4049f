// A link to something folded unfolds it, and paper gets all of it.
(function () {
  "use strict";
  let forPaper = [];
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest(".folded");
    if (folded) { folded.open = true; folded.scrollIntoView(); }
  };
  window.addEventListener("hashchange", unfold);
  document.addEventListener("DOMContentLoaded", unfold);
  document.addEventListener("click", (event) => {
    // the same link once more changes no address, and what it names may be folded again
    const link = event.target.closest("a[href*='#']");
    if (link && link.href === location.href) unfold();
  });
  window.addEventListener("beforeprint", () => {
    forPaper = [...document.querySelectorAll(".folded:not([open])")];
    forPaper.forEach((folded) => { folded.open = true; });
  });
  window.addEventListener("afterprint", () => {
    forPaper.forEach((folded) => { folded.open = false; });
  });
})();
