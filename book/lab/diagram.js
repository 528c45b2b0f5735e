// A network in words, layer by layer, with the shapes that flow and the number of weights: lib/figures/network.py as a
// list.
import { node } from "./panel.js";
import { kind } from "./recipe.js";

const NAMES = { norm: "batch norm", relu: "ReLU", selu: "SELU", pool: "max-pool", dropout: "dropout" };

function inWords(text) {
  return text.split(" ").filter(Boolean).map((word) => {
    const number = word.slice(kind(word).length);
    return (NAMES[kind(word)] ?? word) + (number ? ` ${kind(word) === "pool" ? `${number}×${number}` : number}` : "");
  });
}

// "3 layers: linear, ReLU → 64"
function lines(stack) {
  const all = stack.blocks.map(({ layer, shape }) => {
    const weights = layer.kernel ? `conv ${layer.kernel}×${layer.kernel}` : "linear";
    const times = layer.times > 1 ? [`${layer.times} times over`] : [];
    const skip = layer.skip ? ["with a skip connection"] : [];
    const size = shape.length === 3 ? `${shape[2]} × ${shape[0]}×${shape[1]}` : shape[0];
    return `${[...inWords(layer.before), weights, ...times, ...inWords(layer.then), ...skip].join(", ")} → ${size}`;
  });
  return all.filter((line, i) => line !== all[i - 1]).map((line) => {
    const count = all.filter((other) => other === line).length;
    return count > 1 ? `${count} layers: ${line}` : line;
  });
}

export function describe(network) {
  const { model } = network;
  const list = (title, stack) => (stack ? [node("p", { textContent: title }), node("ol", {}, ...lines(stack).map((line) => node("li", { textContent: line })))] : []);
  const branch = model.sharing === "shared" ? "One branch for both images" : "A branch for each image";
  const head = network.head ? [] : model.head ? [node("p", { textContent: `Head: ${model.head.is.toLowerCase()}, without weights` })] : [];
  const parts = [
    ...list("Both images at once", network.layers), ...list(branch, network.first),
    ...(network.digitHead?.blocks.length ? list("Digits", network.digitHead) : []), ...list("Head", network.head), ...head,
  ];
  return node("div", { className: "lab-network" }, ...parts, node("p", { textContent: `${network.size.toLocaleString("en")} weights` }));
}
