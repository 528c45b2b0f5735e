// The source behind a citation's number, the meaning of a word of the glossary, and a figure of the page that a link
// leads to show themselves: when the mouse rests on the link, when the keyboard reaches it, and at a finger's first tap
// (the second one follows the link). Without scripts, a browser shows the title to a mouse: a figure's is its caption.
"use strict";

{
  const note = Object.assign(document.createElement("div"), { className: "source", id: "source", hidden: true });
  note.setAttribute("role", "tooltip");
  let shown = null; // the link whose note is seen
  let leaving = 0;
  let touched = false; // the last press was a finger's

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    note.hidden = true;
    shown = null;
  };

  // A figure once more, with ids of its own, so that it finds its clips and masks where the first one is hidden.
  const again = (link) => {
    const { outerHTML } = document.getElementById(link.hash.slice(1)).querySelector("figure");
    return outerHTML.replace(/\bid="/g, 'id="again-').replace(/(url\((?:&quot;)?|href=")#/g, "$1#again-");
  };

  const fill = (link) => {
    if (link.classList.contains("to-figure")) note.innerHTML = again(link);
    else note.textContent = link.dataset.source;
  };

  // Below the link or, if there is only room for it there, above it. A figure that is too high for both becomes smaller.
  const place = (link) => {
    const page = note.offsetParent.getBoundingClientRect();
    const line = link.getBoundingClientRect();
    const covered = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0; // by the theme's bar
    const [over, under] = [line.top - covered, innerHeight - line.bottom];
    fit(Math.max(over, under));
    const right = page.width - note.offsetWidth;
    note.style.left = `${Math.max(0, Math.min(line.left - page.left, right))}px`;
    const above = note.offsetHeight > under && note.offsetHeight <= over;
    note.style.top = `${above ? line.top - page.top - note.offsetHeight : line.bottom - page.top}px`;
  };

  const fit = (height) => {
    for (let shrunk = 1; shrunk > 0.7; shrunk -= 0.05) {
      note.style.setProperty("--shrunk", shrunk); // sources.css keeps it legible
      if (note.offsetHeight <= height) break;
    }
  };

  const show = (link) => {
    hide();
    shown = link;
    fill(link);
    note.hidden = false;
    link.setAttribute("aria-describedby", note.id);
    place(link);
  };

  // Time for the mouse to move on to the note, whose words can be selected.
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 300);
  };

  const watch = (link) => {
    link.dataset.source = link.title;
    link.removeAttribute("title"); // else the browser shows it, too
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(link));
    link.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", leave);
    link.addEventListener("click", (event) => {
      if (!touched || shown === link) return;
      event.preventDefault();
      show(link);
    });
  };

  const links = document.querySelectorAll(".bibtex-citation a[title], a.term[title], a.to-figure[title]");
  if (links.length) document.querySelector("article.bd-article").append(note);
  for (const link of links) watch(link);
  note.addEventListener("pointerenter", () => clearTimeout(leaving));
  note.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  addEventListener("keydown", (event) => {
    touched = false;
    if (event.key === "Escape") hide();
  });
  addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    if (shown && !shown.contains(event.target) && !note.contains(event.target)) hide();
  });
}
