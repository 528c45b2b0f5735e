// On paper nothing can be unfolded: open all but code that is only plumbing, and the
// numbers of figures, before printing; fold it again afterwards.
"use strict";

let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open], .numbers, .above-input)")];
  for (const box of opened) box.open = true;
});
addEventListener("afterprint", () => {
  for (const box of opened) box.open = false;
});
