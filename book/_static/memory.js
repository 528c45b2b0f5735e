// What a reader predicts, does and answers is kept in this browser (localStorage), and sent nowhere. The page "Your
// record" (record.js) shows it, and saves it as a file. Where the browser refuses, or has no room, what happens on a page
// is held until the page is left, and one sentence says so.
"use strict";

const memory = (() => {
  const KEY = "which-digit-is-bigger";
  const MINUTE = 60_000;
  const DENIED = "Your browser does not let this page keep anything (a private window, or its settings): it is forgotten when you leave the page.";
  const FULL = "Your browser has no room left for this page: what you did here is forgotten when you leave it. “Your record” can save it as a file.";
  const STUCK = "What was kept here cannot be read, and there is no room to put it aside. Nothing new is kept until you have saved it as a file and made room.";
  const empty = () => ({ version: 1, predictions: {}, exercises: {}, questions: {} });

  let unsaved = empty(); // what the browser did not take
  let trouble = "";

  // What an entry of each part must be; ``at`` says when, in milliseconds.
  const WHOLE = {
    predictions: (e) => typeof e.question === "string" && typeof e.answer === "string" && ["", "sure", "rather", "guess"].includes(e.sure),
    exercises: (e) => typeof e.done === "boolean",
    questions: (e) => Number.isInteger(e.step) && e.step >= 0 && Number.isFinite(e.due) && typeof e.right === "boolean",
  };

  // A text as a record. Throws an error that says what is wrong with it.
  function parsed(text) {
    let found;
    try { found = JSON.parse(text); } catch { throw new Error("it is no JSON"); }
    if (found?.version !== 1) throw new Error("it is no record of this book, or one of a later edition");
    const record = empty();
    for (const [part, whole] of Object.entries(WHOLE)) {
      for (const [key, entry] of Object.entries(found[part] ?? {})) {
        const good = /^[a-z0-9-]+#[a-z0-9-]+$/.test(key) && entry && Number.isFinite(entry.at) && whole(entry);
        if (!good) throw new Error(`its entry “${key.slice(0, 40)}” among the ${part} is damaged`);
        record[part][key] = entry;
      }
    }
    return record;
  }

  // Two records in one. Of two entries the newer counts; of two predictions the first, unless the second came within a
  // minute, which puts a slip right.
  function merged(one, other) {
    const record = structuredClone(one);
    const apart = (entry, kept) => entry.question === kept.question && Math.abs(entry.at - kept.at) > MINUTE;
    const counts = (part, entry, kept) =>
      part === "predictions" && apart(entry, kept) ? entry.at < kept.at : entry.at > kept.at;
    for (const part of Object.keys(WHOLE)) {
      for (const [key, entry] of Object.entries(other[part])) {
        const kept = record[part][key];
        if (!kept || counts(part, entry, kept)) record[part][key] = entry;
      }
    }
    return record;
  }

  // {record, writable}: what the browser keeps, with what it did not take.
  function load() {
    trouble = "";
    let text;
    try { text = localStorage.getItem(KEY); } catch { trouble = DENIED; }
    if (text == null) return { record: unsaved, writable: !trouble };
    try { return { record: merged(parsed(text), unsaved), writable: true }; } catch { return putAside(text); }
  }

  // A record that cannot be read is somebody's all the same: it is never written over.
  function putAside(text) {
    try {
      localStorage.setItem(`${KEY}-damaged-${Date.now()}`, text);
      localStorage.removeItem(KEY);
      return { record: unsaved, writable: true };
    } catch {
      trouble = STUCK;
      return { record: unsaved, writable: false };
    }
  }

  // Changes the record by a function, and returns the trouble that there was, as a sentence, or "".
  function change(edit) {
    const { record, writable } = load();
    edit(record);
    unsaved = record;
    if (!writable) return trouble;
    try {
      localStorage.setItem(KEY, JSON.stringify(record));
      unsaved = empty();
    } catch (error) {
      trouble = error.name === "QuotaExceededError" ? FULL : DENIED;
    }
    return trouble;
  }

  // The texts of records that could not be read.
  function damaged() {
    const broken = (text) => { try { return !parsed(text); } catch { return true; } };
    try {
      const aside = Object.keys(localStorage).filter((key) => key.startsWith(`${KEY}-damaged`)).map((key) => localStorage.getItem(key));
      const here = localStorage.getItem(KEY);
      return here !== null && broken(here) ? [...aside, here] : aside;
    } catch { return []; }
  }

  function forget() {
    unsaved = empty();
    try {
      for (const key of Object.keys(localStorage)) if (key === KEY || key.startsWith(`${KEY}-damaged`)) localStorage.removeItem(key);
    } catch { /* then nothing was kept */ }
  }

  // ---- On a chapter's page: predictions and exercises.

  const CHAPTER = decodeURIComponent(location.pathname).split("/").pop().replace(/\.html$/, "");
  const RECORD = new URL("../book/your-record.html", document.currentScript?.src ?? location.href).href;
  const SURE = { "": "–", sure: "sure (nine times in ten)", rather: "rather sure (seven in ten)", guess: "a guess" };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  function note(place, said) {
    place.replaceChildren(...(said ? [said] : ["Kept in ", element("a", { href: RECORD, textContent: "your record" }), ", in this browser only."]));
  }

  function rememberPrediction(quiz) {
    const [key, button, choices] = [`${CHAPTER}#${quiz.id.replace(/^quiz-/, "")}`, quiz.querySelector("button"), [...quiz.querySelectorAll("input[type=radio]")]];
    const question = quiz.querySelector("legend").textContent;
    const text = (choice) => choice.closest("label").textContent.replace(/^\s*[A-H]\.\s*/, "").trim();
    const sure = element("select", {}, ...Object.entries(SURE).map(([value, words]) => new Option(words, value)));
    const place = element("p", { className: "kept" });
    button.before(element("div", { className: "sure" }, element("label", {}, "How sure are you? ", sure)));
    quiz.append(place);

    const before = load().record.predictions[key];
    const again = choices.find((choice) => before?.question === question && text(choice) === before.answer);
    if (again) {
      [again.checked, sure.value] = [true, before.sure];
      button.click(); // the page's own words, as they were
      note(place, trouble);
    }
    button.addEventListener("click", () => {
      const chosen = choices.find((choice) => choice.checked);
      if (!chosen) return;
      const at = Date.now();
      let first = true;
      const said = change((record) => {
        const earlier = record.predictions[key];
        first = earlier?.question !== question || at - earlier.at < MINUTE; // a slip of the finger is put right
        if (first) record.predictions[key] = { question, answer: text(chosen), sure: sure.value, at };
      });
      note(place, said || (first ? "" : "Your record keeps your first prediction."));
    });
  }

  function rememberExercise(box) {
    const key = `${CHAPTER}#${box.id}`;
    const tick = element("input", { type: "checkbox", checked: load().record.exercises[key]?.done ?? false });
    const place = element("span", { className: "kept" });
    box.append(element("p", { className: "done" }, element("label", {}, tick, " I have done this exercise"), " ", place));
    tick.addEventListener("change", () => {
      const said = change((record) => { record.exercises[key] = { done: tick.checked, at: Date.now() }; });
      note(place, said);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const quiz of document.querySelectorAll("fieldset.quiz")) if (quiz.querySelector("input[type=radio]")) rememberPrediction(quiz);
    for (const box of document.querySelectorAll("div.exercise[id]")) rememberExercise(box);
  });

  return { load, change, parsed, merged, damaged, forget, element, trouble: () => trouble };
})();
