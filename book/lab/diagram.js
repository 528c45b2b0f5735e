// The network of a recipe, drawn as lib/figures/network.py draws it: boxes below each other, beside each arrow the shape
// that it carries; two branches side by side, and a layer that both share in the colour of the first.
import { node } from "./panel.js";
import { kind } from "./recipe.js";
import { size } from "./memory.js";

const NAMES = { norm: "batch norm", relu: "ReLU", selu: "SELU", pool: "max-pool", dropout: "dropout" };
const KNOWN = { Hard: "largest ≤ largest?", Probability: "sum of p·q over first ≤ second", Score: "second − first" };
const SKIPS = { identity: ["with a skip around it"], input: ["with a skip from the input"] };

const counted = (count) => `${count.toLocaleString("en")} weights`;
const asked = (weight) => (weight ? `loss × ${weight}` : "no loss");

function inWords(text) {
  return text.split(" ").filter(Boolean).map((word) => {
    const number = word.slice(kind(word).length);
    return (NAMES[kind(word)] ?? word) + (number ? ` ${kind(word) === "pool" ? `${number}×${number}` : number}` : "");
  });
}

// "conv 3×3, max-pool 2×2, ReLU"
function does({ kernel, times, before, then, skip }) {
  const weights = kernel ? `conv ${kernel}×${kernel}` : "linear";
  const again = times > 1 ? [`${times} times over`] : [];
  return [...inWords(before), weights, ...again, ...inWords(then), ...(SKIPS[skip] ?? [])].join(", ");
}

// (6, 6, 32) as "32 × 6×6", (10) as "10"
const shaped = (shape) => (shape.length === 3 ? `${shape[2]} × ${shape[0]}×${shape[1]}` : String(size(shape)));

// A box for each layer; three equal neighbours or more become one. ``part`` is what of the network it belongs to. Layers
// that ``other`` has, too, are the same weights.
function boxes(stack, part, other) {
  const runs = [];
  stack.blocks.forEach((block, i) => {
    const box = { part, does: does(block.layer), weights: block.size, shape: block.shape, again: other?.blocks[i] === block };
    if (JSON.stringify(runs.at(-1)?.[0]) === JSON.stringify(box)) runs.at(-1).push(box);
    else runs.push([box]);
  });
  const merged = (run) => ({ ...run[0], does: `${run.length} layers: ${run[0].does}`, weights: run.length * run[0].weights });
  return runs.flatMap((run) => (run.length > 2 ? [merged(run)] : run));
}

const flow = (words) => node("p", { className: "lab-flow", textContent: words });
const question = (words, weight) => node("p", {}, node("strong", { textContent: words }), node("br"), asked(weight));

function drawn({ part, does, weights, again }) {
  const words = again ? "the same weights" : counted(weights);
  const lines = [node("span", { textContent: does }), ...(weights ? [node("small", { textContent: words })] : [])];
  return node("div", { className: `lab-box lab-${part}${again ? " lab-again" : ""}` }, ...lines);
}

// What ``given`` goes through: boxes below each other, before each what flows into it, and at the end what comes out.
function column(title, given, list) {
  const flows = [given, ...list.map(({ shape }) => shaped(shape))];
  const items = list.map((box, i) => node("li", {}, flow(flows[i]), drawn(box)));
  return node("div", { className: "lab-column" }, node("p", { textContent: title }), node("ol", {}, ...items), flow(flows.at(-1)));
}

// A branch, from its image to its digit where one is asked for.
function branch(title, { digitHead }, layers, other, { auxiliary }) {
  const digits = digitHead ? boxes(digitHead, "reads", other && digitHead) : [];
  const shown = column(title, "1 × 14×14", [...boxes(layers, other ? "own" : "first", other), ...digits]);
  if (digits.length || (digitHead && auxiliary)) shown.append(question("which digit?", auxiliary));
  return shown;
}

function twoBranches(network, loss) {
  const { model, first, second, head } = network;
  const branches = [branch("first image", network, first, null, loss), branch("second image", network, second, first, loss)];
  const known = { part: "compares", does: KNOWN[model.head.is], weights: 0, shape: [model.head.is === "Probability" ? 2 : 1] };
  const joined = `${2 * size(first.shape)}${model.between ? `, ${model.between}` : ""}`;
  return [node("div", { className: "lab-branches" }, ...branches), column("both branches", joined, head ? boxes(head, "compares") : [known])];
}

// ``network`` as it was built, with the losses that it is trained by.
export function diagram(network, loss) {
  const { layers } = network;
  const parts = layers ? [column("both images", "2 × 14×14", boxes(layers, "first"))] : twoBranches(network, loss);
  return node("div", { className: "lab-network" }, ...parts, question("first ≤ second?", loss.target));
}
