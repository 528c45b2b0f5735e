// A field to draw a digit in. A drawing is prepared as MNIST was made.
import { node } from "./panel.js";
import { PIXELS } from "./data.js";

const FIELD = 168; // pixels of a field, a multiple of 28
const PEN = 14; // its width
const LAST_TEST = 1999; // the test pairs of a round have so many digits, and digit 0

// A drawing (side, side), 0 to 255 → (196,) grey values at 14×14: the box of the ink to 20×20, its centre of mass to
// the middle of 28×28, each four pixels averaged. All zeros where nothing is drawn.
export function prepared(ink, side) {
  const box = bounds(ink, side);
  const small = new Float32Array(PIXELS);
  if (!box) return small;
  const scale = 20 / Math.max(box.width, box.height);
  const [width, height] = [box.width, box.height].map((length) => Math.max(1, Math.round(length * scale)));
  const digit = shrunk(ink, side, box, width, height);
  let mass = 0, x = 0, y = 0;
  digit.forEach((value, i) => {
    mass += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  const left = Math.max(0, Math.min(28 - width, Math.round(14 - x / mass)));
  const top = Math.max(0, Math.min(28 - height, Math.round(14 - y / mass)));
  digit.forEach((value, i) => {
    const [column, row] = [left + (i % width), top + Math.floor(i / width)];
    small[Math.floor(row / 2) * 14 + Math.floor(column / 2)] += value / 4;
  });
  return small;
}

function bounds(ink, side) {
  let [left, right, top, bottom] = [side, -1, side, -1];
  ink.forEach((value, i) => {
    if (value < 32) return;
    const [x, y] = [i % side, Math.floor(i / side)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

// The part of a drawing in ``box``, averaged down to width×height.
function shrunk(ink, side, box, width, height) {
  const small = new Float32Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const [x0, x1] = [x, x + 1].map((edge) => box.left + (edge * box.width) / width);
    const [y0, y1] = [y, y + 1].map((edge) => box.top + (edge * box.height) / height);
    let sum = 0, count = 0;
    for (let v = Math.floor(y0); v < Math.max(y0 + 1, y1); v++) for (let u = Math.floor(x0); u < Math.max(x0 + 1, x1); u++) {
      sum += ink[v * side + u];
      count++;
    }
    small[y * width + x] = sum / count;
  }
  return small;
}

// By mouse, pen or finger; a test digit can be chosen by keyboard. ``changed`` is called when there is another digit;
// the owner sets ``round()``, which gives the test digits, and ``failed(error)``.
export class Field {
  constructor(name, changed) {
    Object.assign(this, { changed, digit: null });
    this.canvas = node("canvas", { width: FIELD, height: FIELD, className: "lab-field" });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${name}: draw here, or choose a test digit below`);
    this.seen = node("canvas", { width: 14, height: 14, className: "lab-seen" });
    this.seen.setAttribute("role", "img");
    this.seen.setAttribute("aria-label", `${name} as the network sees it, 14×14`);
    this.brush = this.canvas.getContext("2d", { willReadFrequently: true });
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => event.buttons && event.isPrimary && this.stroke(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => this.changed();
    this.chosen = node("input", { type: "number", min: 0, max: LAST_TEST, placeholder: `0–${LAST_TEST}`, onchange: () => this.take(this.chosen.value) });
    const clear = node("button", { type: "button", textContent: "Clear", onclick: () => this.clear() });
    this.paper = node("div", { className: "lab-paper" }, this.canvas); // says what to do as long as it is empty
    this.element = node("div", {}, node("p", { textContent: name }), this.paper, node("p", { className: "lab-saw" }, this.seen, "as a network sees it"), node("label", {}, "test digit ", this.chosen), clear);
    this.wipe();
  }

  wipe() {
    this.brush.fillStyle = "black";
    this.brush.fillRect(0, 0, FIELD, FIELD);
    this.paper.classList.add("lab-empty");
    this.digit = null;
  }

  clear() {
    this.wipe();
    this.chosen.value = "";
    this.changed();
  }

  begin(event) {
    if (!event.isPrimary) return; // a second finger
    if (this.digit) this.wipe();
    this.chosen.value = "";
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.place(event);
    this.stroke(event);
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    return [((clientX - left) * FIELD) / width, ((clientY - top) * FIELD) / width];
  }

  stroke(event) {
    const next = this.place(event);
    this.line(this.last, next);
    this.last = next;
  }

  line(from, to, width = PEN) {
    this.paper.classList.remove("lab-empty");
    Object.assign(this.brush, { strokeStyle: "white", lineWidth: width, lineCap: "round", lineJoin: "round" });
    this.brush.beginPath();
    this.brush.moveTo(...from);
    this.brush.lineTo(to[0] + 0.01, to[1]); // a dot is a line, too
    this.brush.stroke();
  }

  // A test image of the book's round 0, by its number, as it was typed.
  async take(text) {
    if (!text) return this.clear();
    let round;
    try {
      round = await this.round();
    } catch (error) {
      return this.failed(error);
    }
    if (this.chosen.value !== text) return; // while the digits were loading, another was chosen, or none
    const { mean, deviation, test: { images } } = round;
    const i = Math.max(0, Math.min(LAST_TEST, Math.floor(text) || 0));
    this.chosen.value = i;
    this.digit = images.slice(i * PIXELS, (i + 1) * PIXELS).map((value) => value * deviation + mean);
    this.paper.classList.remove("lab-empty");
    this.show(this.brush, this.digit, FIELD / 14);
    this.changed();
  }

  get grey() {
    if (this.digit) return this.digit;
    const { data } = this.brush.getImageData(0, 0, FIELD, FIELD);
    return prepared(Float32Array.from({ length: FIELD * FIELD }, (_, i) => data[4 * i]), FIELD);
  }

  show(brush, grey, size) {
    grey.forEach((value, i) => {
      brush.fillStyle = `rgb(${value}, ${value}, ${value})`;
      brush.fillRect((i % 14) * size, Math.floor(i / 14) * size, size, size);
    });
  }
}
