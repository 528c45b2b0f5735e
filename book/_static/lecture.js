// The sections of a page as slides. Without this script, they are a page to read and to print.
"use strict";

const slides = [...document.querySelectorAll("article section > section")];
const starts = document.querySelectorAll("p.slides button");
const of_title = (slide) => Number(/\((\d+) minutes\)/.exec(slide.querySelector("h2").textContent)?.[1] ?? 0);

// The lectures, one for each button: all slides, and those that the table of the short lecture names; with their minutes.
const rows = [...document.querySelectorAll("table.short-lecture tbody tr")];
const target = (row) => document.querySelector(row.querySelector("a").hash).closest("section");
const lectures = [
  { shown: slides, minutes: slides.map(of_title) },
  { shown: rows.map(target), minutes: rows.map((row) => Number(row.cells[1].textContent)) },
];
let lecture = lectures[0];
const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
};
const place = document.createElement("p");
const notes = button("Notes (N)", () => show_notes(!document.body.classList.contains("with-notes")));
const bar = document.createElement("nav");
bar.className = "slides-bar";
bar.setAttribute("aria-label", "Slides");
bar.append(button("← Back", () => go(now - 1)), place, button("On →", () => go(now + 1)), notes, button("End (Esc)", () => end()));
let now = -1; // no slide is shown

// What is said on a slide, in one box, so that a figure can stand above it or beside it.
for (const slide of slides) {
  const words = document.createElement("div");
  words.className = "words";
  words.append(...slide.querySelectorAll(":scope > :not(h2, figure, .notes, details)"));
  slide.querySelector("h2").after(...slide.querySelectorAll(":scope > figure"), words);
}

// A slide's figure stands where it becomes larger: above the words or, if it is high and narrow, beside them.
function arrange() {
  const slide = lecture.shown[now];
  const figure = slide?.querySelector("figure svg");
  if (!figure) return;
  const [above, beside] = [false, true].map((aside) => {
    slide.classList.toggle("beside", aside);
    return figure.getScreenCTM().a; // how much it is enlarged
  });
  slide.classList.toggle("beside", beside >= above);
}

function go(number) {
  const { shown, minutes } = lecture;
  if (number < 0 || number >= shown.length) return;
  now = number;
  document.body.classList.add("slides");
  slides.forEach((slide) => slide.classList.toggle("now", slide === shown[now]));
  arrange();
  const until = minutes.slice(0, now + 1).reduce((sum, one) => sum + one, 0);
  place.textContent = `Slide ${now + 1} of ${shown.length}; at its end, minute ${until}`;
  history.replaceState(null, "", `#${shown[now].id}`);
  const heading = shown[now].querySelector("h2");
  heading.tabIndex = -1; // so that it can be read out
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function end() {
  document.body.classList.remove("slides");
  const last = lecture.shown[now];
  now = -1;
  starts[lectures.indexOf(lecture)].focus({ preventScroll: true });
  last.scrollIntoView();
}

function show_notes(on) {
  document.body.classList.toggle("with-notes", on);
  notes.setAttribute("aria-pressed", String(on));
  arrange();
}

const KEYS = {
  ArrowRight: () => go(now + 1),
  PageDown: () => go(now + 1),
  " ": () => go(now + 1),
  ArrowLeft: () => go(now - 1),
  PageUp: () => go(now - 1),
  Home: () => go(0),
  End: () => go(lecture.shown.length - 1),
  n: () => show_notes(!document.body.classList.contains("with-notes")),
  Escape: end,
};

addEventListener(
  "keydown",
  (event) => {
    const typing = event.target.closest("input, textarea, select") || (event.key === " " && event.target.closest("button"));
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (now < 0 || !act || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the theme has keys of its own
    act();
  },
  { capture: true },
);

document.body.append(bar);
show_notes(false);
addEventListener("resize", arrange);
starts.forEach((start, i) => {
  start.hidden = lectures[i].shown.length === 0;
  start.addEventListener("click", () => {
    lecture = lectures[i];
    go(Math.max(0, lecture.shown.findIndex((slide) => `#${slide.id}` === location.hash)));
  });
});
