// On paper nothing can be unfolded: open all but code that is only plumbing, and the
// numbers of figures, before printing; fold it again afterwards. And say where the experiments run.
"use strict";

let opened = [];

addEventListener("beforeprint", () => {
  const { protocol, origin, pathname } = location; // a file's address leads nobody else there
  if (protocol !== "file:") document.documentElement.style.setProperty("--address", `": ${origin}${pathname}"`);
  opened = [...document.querySelectorAll("details:not([open], .numbers, .above-input)")];
  for (const box of opened) box.open = true;
});
addEventListener("afterprint", () => {
  for (const box of opened) box.open = false;
});
