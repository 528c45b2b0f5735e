// The chapter's own dot plot, and learning curves, as SVG that follows the page's theme (course.css has the colours).

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 360; // in units of about a pixel on a phone

function element(name, attributes = {}, ...children) {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Ticks at round numbers: about ``count`` of them from low to high.
export function ticks(low, high, count = 4) {
  if (low === high) return [Number(low.toPrecision(6))];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) found.push(Number(tick.toPrecision(6)));
  return found.length > 1 ? found : ticks(low, high, 2 * count); // one number alone tells no scale
}

function scale(low, high, from, to) {
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from);
}

// Every round a dot, the mean a diamond, its interval a bar; grey rings are the book's rounds.
// systems: [{name, rows: accuracies in %, book: accuracies in %, mean: {mean, low, high}}]
export function dots(systems) {
  const all = systems.flatMap(({ rows, book, mean }) => [...rows, ...book, mean.low, mean.high]).filter(Number.isFinite);
  const [low, high] = all.length ? [Math.min(...all) - 0.5, Math.max(...all) + 0.5] : [50, 100];
  return rowsOfDots(systems, low, high, "test accuracy (%)", "lab-dots");
}

// The same for differences, beside the zero line. differences: [{name, mean: {values in points, mean, low, high}}]
export function gaps(differences) {
  const all = [0, ...differences.flatMap(({ mean }) => [...mean.values, mean.low, mean.high])];
  const [low, high] = [Math.min(...all) - 0.5, Math.max(...all) + 0.5];
  const systems = differences.map(({ name, mean }) => ({ name, mean, rows: mean.values, book: [] }));
  const svg = rowsOfDots(systems, low, high, "difference in test accuracy (points)", "lab-gaps");
  const x = scale(low, high, 14, WIDTH - 14)(0);
  svg.prepend(element("line", { x1: x, x2: x, y1: 24, y2: 62 * systems.length + 16, class: "axis", "stroke-dasharray": "4 4" }));
  return svg;
}

function rowsOfDots(systems, low, high, label, className) {
  const height = 62 * systems.length + 54;
  const x = scale(low, high, 14, WIDTH - 14);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true", class: className });
  systems.forEach(({ name, rows, book, mean }, i) => {
    const y = 62 * i + 40;
    const colour = className === "lab-dots" ? ` system-${i}` : ""; // as in the curves
    svg.append(element("text", { x: 14, y: y - 20, class: "name" }, name));
    book.forEach((value, k) => svg.append(element("circle", { cx: x(value), cy: y + spread(k), r: 4, class: "book" })));
    rows.forEach((value, k) => svg.append(element("circle", { cx: x(value), cy: y + spread(k), r: 4, class: "round" })));
    if (Number.isFinite(mean.low)) svg.append(element("line", { x1: x(mean.low), x2: x(mean.high), y1: y, y2: y, class: `interval${colour}` }));
    if (rows.length) svg.append(element("path", { d: `M${x(mean.mean)} ${y - 7}l6 7l-6 7l-6 -7z`, class: `mean${colour}` }));
  });
  axis(svg, ticks(low, high), x, height - 38, label);
  return svg;
}

const spread = (k) => [0, 7, -7, 12, -12][k % 5];

function axis(svg, labels, x, y, name) {
  svg.append(element("line", { x1: 14, x2: WIDTH - 14, y1: y, y2: y, class: "axis" }));
  for (const label of labels) svg.append(element("text", { x: x(label), y: y + 13, class: "tick" }, String(label)));
  svg.append(element("text", { x: WIDTH / 2, y: y + 29, class: "tick" }, name));
}

// The learning curves of one round: {system: [{epoch, accuracy}]}, test accuracy after each epoch.
export function curves(bySystem, name) {
  const shown = Object.entries(bySystem).filter(([, points]) => points.length > 1);
  if (!shown.length) return null;
  const values = shown.flatMap(([, points]) => points.map(({ accuracy }) => 100 * accuracy));
  const last = Math.max(...shown.map(([, points]) => points.at(-1).epoch));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = scale(1, last, 34, WIDTH - 14);
  const y = scale(low, high, 130, 24);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${174 + 16 * shown.length}`, "aria-hidden": "true", class: "lab-curves" });
  for (const tick of ticks(low, high, 3)) svg.append(element("text", { x: 30, y: y(tick) + 4, class: "tick end" }, String(tick)));
  svg.append(element("text", { x: 14, y: 12 }, "test accuracy (%)"));
  shown.forEach(([system, points], i) => {
    const path = points.map(({ epoch, accuracy }, k) => `${k ? "L" : "M"}${x(epoch)} ${y(100 * accuracy)}`).join("");
    svg.append(element("path", { d: path, class: `curve curve-${i}` }));
    svg.append(element("text", { x: 34, y: 186 + 16 * i, class: `key curve-${i}` }, `${["—", "- -", "···"][i] ?? "—"} ${system}`));
  });
  axis(svg, ticks(1, last).filter(Number.isInteger), x, 138, name);
  return svg;
}
