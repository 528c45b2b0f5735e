// A notebook is JSON, which a browser may show as a page of text: have it saved instead.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll("a.btn-download-notebook-button")) link.download = "";
});
