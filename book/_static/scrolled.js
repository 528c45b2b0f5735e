// What is wider than the page scrolls by itself. Whatever scrolls can be reached by Tab, and then moved by the arrows.
"use strict";

const WIDE = "div.math, .cell_output, .output, .pst-scrollable-table-container, details.numbers";

const reach = () => {
  for (const box of document.querySelectorAll(WIDE)) {
    const scrolls = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX !== "visible";
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

addEventListener("load", reach);
addEventListener("resize", reach);
document.addEventListener("toggle", reach, true); // a table that was folded away
