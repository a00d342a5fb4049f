// A link to something folded unfolds it, and paper gets all of it.
(function () {
  "use strict";
  let forPaper = [];
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest(".folded")) return;
    // a fold may stand in a fold
    for (let at = target.closest(".folded"); at; at = at.parentElement.closest(".folded")) at.open = true;
    target.scrollIntoView();
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
