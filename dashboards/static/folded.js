// A link to a definition unfolds it, and paper gets all of them.
(function () {
  "use strict";
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest(".methods details");
    if (folded) { folded.open = true; folded.scrollIntoView(); }
  };
  window.addEventListener("hashchange", unfold);
  document.addEventListener("DOMContentLoaded", unfold);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".methods details").forEach((folded) => { folded.open = true; });
  });
})();
