// What the page runs: every panel on it comes to life. The build packs the engine's text, the kernels and the place of
// the digits around this (book/_ext/lab.py).
import { Bench } from "./bench.js";
import { Panel } from "./panel.js";

export function start({ source, kernels, digitsScript, recordScript }) {
  const parts = {
    source,
    compiled: () => kernels.map(bytes),
    digits: () => loadPacked(digitsScript, "labDigits", "digits"),
    record: () => loadPacked(recordScript, "labRecord", "record's network"),
  };
  for (const element of document.querySelectorAll(".lab")) new (element.classList.contains("lab-bench") ? Bench : Panel)(element, parts);
}

export function bytes(base64) {
  const letters = atob(base64);
  const found = new Uint8Array(letters.length);
  for (let i = 0; i < found.length; i++) found[i] = letters.charCodeAt(i); // Uint8Array.from takes ten times as long
  return found;
}

// Data are scripts, because a page that was opened as a file may load scripts, and nothing else. The script calls
// ``receiver`` with what it holds, packed.
function loadPacked(address, receiver, what) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const failed = (why) => reject(new Error(`The ${what} could not be loaded (${why}). Load the page again.`));
    window[receiver] = (packed) => unzipped(packed).then(resolve, () => failed("the file is damaged"));
    script.onerror = () => failed("the file is missing");
    script.src = address;
    document.head.append(script);
  });
}

async function unzipped(base64) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
