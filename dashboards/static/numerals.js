// How a number is shown; the same as dashboards/numerals.py, held to the same table of cases.
(function (root) {
  "use strict";
  const DECIMALS = { share: [0, 2, 1], coefficient: [1, 3, 3], ratio: [1, 3, 2], count: [0, 1, 0], amount: [0, 2, 2] };
  const WORDS = {
    en: { s: "{} s", min: "{} min", h: "{} h", hm: "{} h {} min", d: "{} days" },
    "zh-Hant": { s: "{} 秒", min: "{} 分鐘", h: "{} 小時", hm: "{} 小時 {} 分", d: "{} 天" },
  };
  const MINUTES = { s: 1 / 60, min: 1, h: 60, d: 1440 };

  // Half away from zero on the shortest decimal text of the double, as Python's Decimal(repr(x)).
  function shifted(x, places) {
    const [digits, exponent] = String(x).split("e");
    return Number(digits + "e" + (Number(exponent || 0) + places));
  }

  function fixed(x, places, shift) {
    const rounded = Math.round(Math.abs(shifted(x, places + (shift || 0))));
    return (x < 0 && rounded > 0 ? -1 : 1) * shifted(rounded, -places);
  }

  function text(x, places, shift) {
    return fixed(x, places, shift).toLocaleString("en", {
      minimumFractionDigits: places, maximumFractionDigits: places,
    });
  }

  function decimals(halfWidth, unit) {
    const [fewest, most, bare] = DECIMALS[unit];
    if (halfWidth === null) return bare;
    const needed = [1, 0.1, 0.01].filter((bound) => halfWidth < bound).length;
    return Math.min(Math.max(needed, fewest), most);
  }

  function clockOf(value) {
    return value < 2 ? "s" : value < 120 ? "min" : value < 2880 ? "h" : "d";
  }

  function duration(minutes, clock, places, language, bare) {
    const words = WORDS[language] || WORDS.en;
    if (clock === "h") {
      const whole = fixed(minutes, 0);
      if (whole > 0 && whole < 60) return words.min.replace("{}", whole);
      return words[whole % 60 ? "hm" : "h"].replace("{}", Math.floor(whole / 60)).replace("{}", whole % 60);
    }
    const number = text(minutes / MINUTES[clock], clock === "d" ? 1 : places);
    return bare ? number : words[clock].replace("{}", number);
  }

  function show(unit, value, low, high, target, clock, language) {
    const bare = low === null || low === undefined || high === null || high === undefined;
    const numbers = bare ? [value] : [value, low, high];
    const width = bare ? null : (high - low) / 2;
    let texts;
    if (unit === "minutes") {
      const scale = clock || clockOf(value);
      const places = (scale === "s" || scale === "min") && !bare && width * (scale === "s" ? 60 : 1) < 1 ? 1 : 0;
      texts = numbers.map((x, i) => duration(x, scale, places, language, i > 0));
    } else {
      const shift = unit === "share" ? 2 : 0;
      let places = decimals(bare ? null : width * (shift ? 100 : 1), unit);
      const goal = target === null || target === undefined ? null : shifted(target, shift);
      if (numbers.some((x) => shifted(x, shift) !== goal && fixed(x, places, shift) === goal)) places += 1;
      texts = numbers.map((x) => text(x, places, shift));
      if (unit === "share") texts[0] += "%";
    }
    return { value: texts[0], low: bare ? null : texts[1], high: bare ? null : texts[2] };
  }

  function count(x) {
    return Math.floor(x).toLocaleString("en");
  }

  root.overreadNumerals = { show: show, count: count };
})(typeof window === "undefined" ? globalThis : window);
