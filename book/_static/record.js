// The page "Your record": what memory.js has kept, how well the reader's confidence fits, and questions asked again.
"use strict";

const record = (() => {
  const { element } = memory;
  const DAYS = [1, 3, 7, 21, 60]; // after so many days a question comes again; each right answer leads to the next
  const Z = 1.959963984540054; // of the normal distribution, for 95 %
  const SAID = { sure: ["sure", 0.9], rather: ["rather sure", 0.7], guess: ["a guess", null], "": ["not said", null] };
  const day = (at) => new Date(at).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
  const percent = (share) => `${Math.round(100 * share)}\u00a0%`; // which no line breaks

  // ---- Numbers

  // Wilson's interval, 95 %, for a share of k in n.
  function wilson(k, n) {
    const [share, square] = [k / n, (Z * Z) / n];
    const middle = (share + square / 2) / (1 + square);
    const half = (Z / (1 + square)) * Math.sqrt((share * (1 - share)) / n + square / (4 * n));
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
  }

  // The reader's predictions in the book's order, each with what came out: true, false, or null where that is open.
  function judged(predictions, outcomes) {
    const found = [];
    for (const [chapter, { title, predictions: asked }] of Object.entries(outcomes)) {
      for (const [name, { question, answers, right }] of Object.entries(asked)) {
        const made = predictions[`${chapter}#${name}`];
        if (!made) continue;
        const known = made.question === question && answers.includes(made.answer);
        const true_ = !known || right === null ? null : made.answer === answers[right];
        found.push({ ...made, chapter, title, link: `${chapter}.html#quiz-${name}`, known, true_, blind: 1 / answers.length });
      }
    }
    return found;
  }

  // For each word of confidence: how many came true of how many, and what would fit.
  function calibration(found) {
    return Object.entries(SAID).map(([word, [said, claimed]]) => {
      const those = found.filter((one) => one.sure === word && one.true_ !== null);
      const blind = those.reduce((sum, one) => sum + one.blind, 0) / those.length;
      return { said, n: those.length, k: those.filter((one) => one.true_).length, fits: claimed ?? (word ? blind : null) };
    }).filter((row) => row.n);
  }

  function verdict({ k, n, fits }) {
    if (fits === null) return "";
    const [low, high] = wilson(k, n);
    if (high < fits) return `too sure: the interval lies below ${percent(fits)}`;
    if (low > fits) return `not sure enough: the interval lies above ${percent(fits)}`;
    return n < 10 ? "fits, as most would with so few" : "fits";
  }

  // ---- Asking again

  const midnight = (at, days) => { const then = new Date(at); return new Date(then.getFullYear(), then.getMonth(), then.getDate() + days).getTime(); };

  // When a question was answered: what is kept of it. Before it is due, a right answer changes nothing.
  function answered(before, right, at) {
    if (right && before && at < before.due) return { ...before, at };
    const step = right ? Math.min((before?.step ?? -1) + 1, DAYS.length - 1) : 0;
    return { step, due: midnight(at, DAYS[step]), right, at };
  }

  // The keys of the questions that are due: those answered whose day has come; and, of chapters that were begun before
  // today, those never asked. ``keys`` are all questions.
  function due(kept, keys, now) {
    const begun = new Set();
    for (const [key, { at }] of Object.entries({ ...kept.predictions, ...kept.exercises })) if (midnight(at, 1) <= now) begun.add(key.split("#")[0]);
    return keys.filter((key) => (kept.questions[key] ? kept.questions[key].due <= now : begun.has(key.split("#")[0])));
  }

  // ---- The page

  const table = (names, rows) => element("div", { className: "pst-scrollable-table-container", tabIndex: 0, role: "region", ariaLabel: names.join(", ") }, element("table", { className: "table" },
    element("thead", {}, element("tr", {}, ...names.map((name) => element("th", { scope: "col", textContent: name })))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)))))));

  function showPredictions(place, found) {
    if (!found.length) return place.replaceChildren(element("p", { textContent: "You have made no prediction yet. Each chapter asks for two." }));
    const outcome = (one) => (!one.known ? "the book has changed the question since" : one.true_ === null ? "open: the results do not decide" : one.true_ ? "came true" : "did not come true");
    const rows = found.map((one) => [element("a", { href: one.link, textContent: one.question }), one.answer, outcome(one), SAID[one.sure][0], one.title, day(one.at)]);
    place.replaceChildren(element("details", {}, element("summary", { textContent: `All ${found.length === 1 ? "1 prediction" : `${found.length} predictions`}, and what came out` }), table(["question", "your prediction", "it", "you were", "chapter", "on"], rows)));
  }

  // Shown until a prediction of the reader's can be counted: somebody who has answered the whole book.
  const EXAMPLE = [{ said: "sure", n: 10, k: 5, fits: 0.9 }, { said: "rather sure", n: 8, k: 5, fits: 0.7 }, { said: "a guess", n: 6, k: 2, fits: 1 / 3 }];
  const INVENTED = "An example: these answers are invented.";
  const MARKS = "A dot is the share of predictions that came true, the bar its 95 % interval, the upright line the share that would fit.";
  const READ = "Here the whole bar of “sure” lies left of its line: somebody has been too sure. The other two bars hold theirs. Your own answers take this place as soon as one of them can be counted.";

  function drawn(name, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const x = (share) => 14 + 332 * share; // in units of about a pixel on a phone

  // One word of confidence: its name, its share with the interval, and the share that would fit.
  function line({ said, k, n, fits }, y) {
    const [low, high] = wilson(k, n);
    const bar = drawn("path", { d: `M${x(low)} ${y}H${x(high)}`, class: "interval" });
    const parts = [drawn("text", { x: 14, y: y - 14 }, `${said}: ${k} of ${n}`), bar, drawn("circle", { cx: x(k / n), cy: y, r: 5, class: "share" })];
    return fits === null ? parts : [...parts, drawn("path", { d: `M${x(fits)} ${y - 10}v20`, class: "fits" })];
  }

  // The rows of ``calibration`` as a picture, which says of itself if it is an example.
  function picture(rows, example) {
    const bottom = 50 * rows.length + (example ? 24 : 0);
    const told = rows.map(({ said, k, n, fits }) => `${said}, ${k} of ${n} came true${fits === null ? "" : `, ${percent(fits)} would fit`}`);
    const ticks = [0, 25, 50, 75, 100].map((tick) => drawn("text", { x: x(tick / 100), y: bottom + 20, class: "tick" }, String(tick)));
    return drawn("svg", { viewBox: `0 0 360 ${bottom + 42}`, role: "img", "aria-label": `${example ? "An example with invented answers" : "Your predictions"}: ${told.join("; ")}.` },
      ...(example ? [drawn("text", { x: 14, y: 14, class: "example" }, INVENTED)] : []),
      ...rows.flatMap((row, i) => line(row, bottom - 50 * (rows.length - i) + 34)),
      drawn("path", { d: `M${x(0)} ${bottom + 4}H${x(1)}`, class: "axis" }), ...ticks,
      drawn("text", { x: x(0.5), y: bottom + 36, class: "tick" }, "came true (%)"));
  }

  function figure(rows, example) {
    const caption = example ? [element("strong", { textContent: INVENTED }), ` ${MARKS} ${READ}`] : [`Your predictions. ${MARKS}`];
    return element("figure", { className: "calibration" }, picture(rows, example), element("figcaption", {}, ...caption));
  }

  function showCalibration(place, found) {
    const counted = calibration(found);
    if (!counted.length) return place.replaceChildren(figure(EXAMPLE, true));
    const rows = counted.map((row) => {
      const [low, high] = wilson(row.k, row.n);
      return [row.said, verdict(row) || "–", `${row.k} of ${row.n}`, `${percent(row.k / row.n)} [${percent(low)}, ${percent(high)}]`, row.fits === null ? "–" : percent(row.fits)];
    });
    place.replaceChildren(figure(counted, false), table(["you were", "verdict", "came true", "share, 95 % interval", "would fit"], rows));
  }

  function showExercises(place, exercises, outcomes) {
    const items = Object.entries(outcomes).map(([chapter, { title, exercises: all }]) => {
      const done = Object.keys(all).filter((label) => exercises[`${chapter}#${label}`]?.done);
      return element("li", {}, element("a", { href: `${chapter}.html#exercises`, textContent: title }), `: ${done.length} of ${Object.keys(all).length}`);
    });
    place.replaceChildren(element("ul", {}, ...items));
  }

  function showTrouble(place) {
    const lines = [memory.trouble()];
    if (memory.damaged().length) lines.push("What was kept here once could not be read. It was put aside, a new record has begun, and “Save as a file” saves both.");
    if (location.protocol === "file:") lines.push("This page was opened as a file. Some browsers then keep each page's memory apart; from a server (make serve, or the published book) they do not.");
    place.replaceChildren(...lines.filter(Boolean).map((text) => element("p", { textContent: text })));
  }

  // A question of the list below, as a form. ``after`` is called when it was answered, ``next`` for another.
  function form(item, key, after, next) {
    const right = Number(item.dataset.right);
    const parts = (selector) => [...item.querySelectorAll(selector)];
    const reasons = parts(".reasons > li");
    const inputs = parts(".choices > li").map((choice, i) => {
      const input = element("input", { type: "radio", name: "asked", value: i });
      const words = [...choice.cloneNode(true).childNodes];
      return [input, element("div", {}, element("label", {}, input, " ", element("b", { textContent: `${"ABCDEFGH"[i]}.` }), " ", ...words))];
    });
    const [output, button] = [element("output"), element("button", { type: "button", textContent: "Answer" })];
    const legend = element("legend", { tabIndex: -1 }, ...item.querySelector("p").cloneNode(true).childNodes);
    const another = element("button", { type: "button", textContent: "Next question", hidden: true });
    button.addEventListener("click", () => {
      const chosen = inputs.findIndex(([input]) => input.checked);
      if (chosen < 0) return output.replaceChildren("Choose an answer first.");
      const why = (i) => [...reasons[i].cloneNode(true).childNodes];
      const told = [element("p", {}, chosen === right ? "✓ Right. " : "✗ No. ", ...why(chosen))];
      if (chosen !== right) told.push(element("p", {}, `${"ABCDEFGH"[right]} is right. `, ...why(right)));
      const kept = after(key, chosen === right);
      const again = element("p", {}, `It comes again on ${day(kept.due)}. `, item.querySelector(".where").cloneNode(true));
      output.replaceChildren(...told, again);
      for (const [input] of inputs) input.disabled = true;
      [button.hidden, another.hidden] = [true, false];
      another.focus();
    });
    another.addEventListener("click", next);
    return element("fieldset", { className: "quiz asked" }, legend, ...inputs.map(([, line]) => line), button, " ", another, output);
  }

  function save(text, name) {
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function start(root) {
    const outcomes = JSON.parse(document.querySelector("script.outcomes").textContent);
    const items = new Map([...document.querySelectorAll("li.question")].map((item) => [`${item.closest("details.chapter").dataset.chapter}#${item.dataset.name}`, item]));
    const place = Object.fromEntries([...root.querySelectorAll("[data-place]")].map((found) => [found.dataset.place, found]));
    const say = (text) => { place.said.textContent = text; };

    const show = () => {
      const kept = memory.load().record;
      const found = judged(kept.predictions, outcomes);
      showPredictions(place.predictions, found);
      showCalibration(place.calibration, found);
      showExercises(place.exercises, kept.exercises, outcomes);
      showTrouble(place.trouble);
    };

    const after = (key, right) => {
      let entry;
      memory.change((kept) => { entry = kept.questions[key] = answered(kept.questions[key], right, Date.now()); });
      showTrouble(place.trouble);
      return entry;
    };
    const which = element("select", {}, new Option("those that are due", ""), ...Object.entries(outcomes).map(([name, { title }]) => new Option(title, name)));
    let left = [];
    const ask = (move) => {
      const many = left.length === 1 ? "1 question" : `${left.length} questions`;
      place.count.textContent = left.length ? `${many} to ask.` : which.value ? "That was all of this chapter." : "No question is due today.";
      const [key, ...rest] = left;
      const next = () => { left = rest; ask(true); };
      place.question.replaceChildren(...(key ? [form(items.get(key), key, after, next)] : []));
      if (move) (place.question.querySelector("legend") ?? which).focus();
    };
    const choose = () => {
      const keys = [...items.keys()];
      left = which.value ? keys.filter((key) => key.startsWith(`${which.value}#`)) : due(memory.load().record, keys, Date.now());
      ask(false);
    };
    which.addEventListener("change", choose);
    place.which.append(element("label", {}, "Ask me ", which));

    place.save.addEventListener("click", () => {
      const kept = { ...memory.load().record, damaged: memory.damaged() };
      save(JSON.stringify(kept, null, 1), `which-digit-is-bigger-${new Date().toISOString().slice(0, 10)}.json`);
    });
    place.file.addEventListener("change", async () => {
      const [file] = place.file.files;
      if (!file) return;
      try {
        if (file.size > 2_000_000) throw new Error("it is larger than any record could be");
        const read = memory.parsed(await file.text());
        const trouble = memory.change((kept) => { Object.assign(kept, memory.merged(kept, read)); });
        say(trouble || `“${file.name}” was read. Where both had an entry, the first prediction was kept, and of anything else the newer.`);
      } catch (error) {
        say(`“${file.name}” was not read, and nothing has changed: ${error.message}.`);
      }
      place.file.value = "";
      show();
      choose();
    });
    const sure = (asking) => { [place.forget.hidden, place.really.hidden] = [asking, !asking]; (asking ? place.keep : place.forget).focus(); };
    place.forget.addEventListener("click", () => sure(true));
    place.keep.addEventListener("click", () => sure(false));
    place.gone.addEventListener("click", () => { memory.forget(); sure(false); show(); choose(); say("Forgotten."); });

    root.hidden = false;
    addEventListener("storage", show); // another tab has written
    show();
    choose();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const root = document.getElementById("record");
    if (root) start(root);
  });

  return { wilson, judged, calibration, verdict, answered, due, DAYS, EXAMPLE };
})();
