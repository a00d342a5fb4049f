// Draws each chart when it comes near the window; again when the theme or the width changes, and for paper.
(function () {
  "use strict";
  const NARROW = 520, PAPER = 660;
  const numerals = window.overreadNumerals;
  const language = document.documentElement.lang;
  const drawn = new Set();
  const seen = new IntersectionObserver(function (entries) {
    entries.filter((entry) => entry.isIntersecting).forEach(function (entry) {
      seen.unobserve(entry.target);
      draw(entry.target);
    });
  }, { rootMargin: "600px" });

  function colours(value, key, style) {
    if (Array.isArray(value)) return value.map((part) => colours(part, key, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, part]) => [k, colours(part, k, style)]));
    }
    const token = typeof value === "string" && /colou?r$|_bgcolor$/.test(key) && value[0] === "@";
    return token ? style.getPropertyValue("--" + value.slice(1)).trim() : value;
  }

  // label, value, low, high, numerator, n -> the line of a hover
  function told(point, meta, words) {
    if (!point) return "";
    const [label, value, low, high, numerator, n] = point;
    const shown = numerals.show(meta.unit, value, low, high, meta.target, meta.clock, language);
    const interval = shown.low === null ? "" : " (" + words.to.replace("{low}", shown.low).replace("{high}", shown.high) + ")";
    const cases = numerator === null ? words.n.replace("{n}", numerals.count(n))
      : words.of.replace("{x}", numerals.count(numerator)).replace("{n}", numerals.count(n));
    return "<b>" + label + "</b><br>" + shown.value + interval + "<br>" + cases;
  }

  function merged(base, more) {
    const result = { ...base };
    for (const [key, value] of Object.entries(more)) {
      const both = value && result[key] && typeof value === "object" && !Array.isArray(value);
      result[key] = both ? { ...result[key], ...value } : value;
    }
    return result;
  }

  function draw(figure, width) {
    const plot = figure.querySelector(".plot");
    const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const room = width || plot.clientWidth;
    const layout = merged(spec.layout, room < NARROW ? spec.narrow : {});
    const style = getComputedStyle(document.documentElement);
    const words = plot.dataset;
    const data = spec.data.map(function (trace) {
      if (!trace.customdata) return trace;
      const text = trace.customdata.map((point) => told(point, trace.meta, words));
      return { ...trace, hovertext: text, hovertemplate: "%{hovertext}<extra></extra>" };
    });
    layout.width = room;
    layout.font = { ...layout.font, family: getComputedStyle(document.body).fontFamily };
    const ready = colours({ data: data, layout: layout }, "", style);
    window.Plotly.react(plot, ready.data, ready.layout, 
      { displayModeBar: false, doubleClick: false, showTips: false, locale: language })
      .then(function () { figure.dataset.drawn = "yes"; });
    drawn.add(figure);
  }

  // what is folded has no width to draw to: it waits until it is unfolded
  function again() {
    drawn.forEach(function (figure) {
      if (figure.checkVisibility()) draw(figure);
      else seen.observe(figure);
    });
  }

  function cell(td) {
    const text = "raw" in td.dataset ? td.dataset.raw : td.textContent.trim().replace(/\s+/g, " ");
    // a spreadsheet must not take a name for a formula
    const safe = "raw" in td.dataset || !/^[=+\-@\t]/.test(text) ? text : "'" + text;
    return /[",\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  }

  function csv(figure) {
    const rows = [...figure.querySelectorAll(":scope details table tr")]
      .map((row) => [...row.children].map(cell).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + rows + "\r\n"], { type: "text/csv;charset=utf-8" }));
    link.download = figure.id + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function start() {
    const figures = [...document.querySelectorAll("figure.chart")];
    figures.forEach(function (figure) {
      const button = figure.querySelector("[data-csv]");
      button.hidden = false;
      button.addEventListener("click", () => csv(figure));
    });
    if (!window.Plotly) {
      figures.forEach((figure) => { figure.querySelector("details").open = true; });
      return;
    }
    figures.forEach((figure) => seen.observe(figure));
    document.addEventListener("overread:theme", again);
    let room = window.innerWidth, onPaper = false;
    window.addEventListener("resize", function () {
      // a window that is printed keeps what was drawn for paper
      if (window.innerWidth !== room && !onPaper) { room = window.innerWidth; again(); }
    });
    // paper: style sheets for print are not applied yet, so the light tokens are asked for by name
    window.addEventListener("beforeprint", function () {
      onPaper = true;
      const theme = document.documentElement.dataset.theme;
      document.documentElement.dataset.theme = "light";
      figures.forEach(function (figure) {
        // what comes into view by being unfolded for paper is not to be drawn again for the screen
        seen.unobserve(figure);
        draw(figure, PAPER);
      });
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
    });
    window.addEventListener("afterprint", function () { onPaper = false; again(); });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
