// The switches of the lab page: each reads one thing from a recipe, and writes it into a copy of it. A switch that has
// no meaning for a network says so by reading nothing.
import { ACTIVATIONS, kind } from "./recipe.js";

const LEARNED = [layer(16, "relu"), layer(1, "")];

function layer(out, then) {
  return { is: "Layer", out, kernel: 0, padding: 0, before: "", then, skip: "", times: 1, own: false };
}

const siamese = (recipe) => recipe.model.is === "SiameseNetwork";
const body = (recipe) => (siamese(recipe) ? recipe.model.branch : recipe.model.layers); // the layers that see images
const hidden = (recipe) => body(recipe).slice(0, -1);
const wordsOf = (text) => text.split(" ").filter(Boolean);

// A copy of ``recipe`` with new layers for the body.
function withBody(recipe, layers) {
  return { ...recipe, model: { ...recipe.model, [siamese(recipe) ? "branch" : "layers"]: layers } };
}

// A copy in which ``change`` has made new words of those behind each hidden layer.
function rewritten(recipe, change, which = () => true) {
  const last = body(recipe).length - 1;
  const layers = body(recipe).map((one, i) => (i < last && which(one) ? { ...one, then: change(wordsOf(one.then)).join(" ") } : one));
  return withBody(recipe, layers);
}

const has = (recipe, word) => hidden(recipe).some(({ then }) => wordsOf(then).some((one) => kind(one) === word));
const without = (list, word) => list.filter((one) => kind(one) !== word);
const inPart = (part, field, read = (value) => value) => ({
  read: (recipe) => String(recipe[part][field]),
  write: (recipe, value) => ({ ...recipe, [part]: { ...recipe[part], [field]: read(value) } }),
});

// How many equal hidden layers follow each other at the end of the body's hidden ones, beyond the first of them.
function extra(recipe) {
  const layers = hidden(recipe);
  const repeated = layers.at(-1);
  if (!repeated || repeated.kernel) return null;
  let count = 0;
  while (count + 1 < layers.length && JSON.stringify({ ...layers.at(-1 - count), skip: "" }) === JSON.stringify({ ...layers.at(-2 - count), skip: "" })) count++;
  return count;
}

export const SWITCHES = [
  {
    name: "branches", choices: ["shared", "partly", "unshared"],
    read: (recipe) => (siamese(recipe) ? recipe.model.sharing : null),
    write: (recipe, sharing) => {
      const chosen = { ...recipe, model: { ...recipe.model, sharing } };
      if (sharing !== "partly" || body(recipe).some(({ own }) => own)) return chosen;
      return withBody(chosen, body(recipe).map((one, i) => ({ ...one, own: i === 1 }))); // as in the chapter on sharing
    },
  },
  {
    name: "head", choices: ["learned", "learned, softmax", "hard", "probability"], // behind the comma: what it reads through
    read: (recipe) => {
      if (!siamese(recipe) || body(recipe).at(-1).out !== 10) return null;
      const head = Array.isArray(recipe.model.head) ? "learned" : recipe.model.head.is.toLowerCase();
      return [head, recipe.model.between].filter(Boolean).join(", ");
    },
    write: (recipe, chosen) => {
      const [head, between = ""] = chosen.split(", ");
      const value = head === "learned" ? LEARNED : { is: head[0].toUpperCase() + head.slice(1) };
      return { ...recipe, model: { ...recipe.model, head: value, between } };
    },
  },
  {
    name: "weight of each digit loss", choices: ["0", "0.1", "0.3", "1", "3", "10"],
    read: (recipe) => (siamese(recipe) && recipe.model.digit_head ? String(recipe.loss.auxiliary) : null),
    write: (recipe, value) => ({ ...recipe, loss: { ...recipe.loss, auxiliary: Number(value) } }),
  },
  {
    name: "label smoothing", choices: ["0", "0.1", "0.3"],
    read: (recipe) => (recipe.loss.auxiliary ? String(recipe.loss.smoothing) : null), // it is the digit losses' own
    write: (recipe, value) => ({ ...recipe, loss: { ...recipe.loss, smoothing: Number(value) } }),
  },
  {
    name: "dropout", choices: ["0", "0.2", "0.5", "0.8"],
    read: (recipe) => {
      const dense = hidden(recipe).filter(({ kernel }) => !kernel);
      const words = dense.flatMap(({ then }) => wordsOf(then));
      return dense.length ? (words.find((word) => kind(word) === "dropout")?.slice("dropout".length) ?? "0") : null;
    },
    write: (recipe, rate) => {
      const add = (list) => (rate === "0" ? without(list, "dropout") : [...without(list, "dropout"), `dropout${rate}`]);
      return rewritten(recipe, add, ({ kernel }) => !kernel);
    },
  },
  {
    name: "batch norm", choices: ["off", "on"],
    read: (recipe) => (has(recipe, "norm") ? "on" : "off"),
    write: (recipe, on) => rewritten(recipe, (list) => (on === "on" ? ["norm", ...without(list, "norm")] : without(list, "norm"))),
  },
  {
    name: "activation", choices: ACTIVATIONS,
    read: (recipe) => ACTIVATIONS.find((word) => has(recipe, word)) ?? null,
    write: (recipe, word) => rewritten(recipe, (list) => list.map((one) => (ACTIVATIONS.includes(one) ? word : one))),
  },
  {
    name: "width, last hidden layer", number: { min: 1, max: 512, step: 1 }, // the others in proportion
    read: (recipe) => hidden(recipe).at(-1)?.out.toString() ?? null,
    write: (recipe, width) => {
      const scale = Number(width) / hidden(recipe).at(-1).out;
      const last = body(recipe).length - 1;
      return withBody(recipe, body(recipe).map((one, i) => (i < last ? { ...one, out: Math.max(1, Math.round(one.out * scale)) } : one)));
    },
  },
  {
    name: "extra hidden layers", choices: ["0", "1", "3", "7", "15", "22"],
    read: (recipe) => extra(recipe)?.toString() ?? null,
    write: (recipe, count) => {
      const layers = body(recipe);
      const first = layers.length - 1 - extra(recipe); // behind the first of the equal layers
      const repeated = { ...layers[first - 1], skip: layers.at(-2).skip };
      const middle = Array.from({ length: Number(count) }, () => repeated);
      return withBody(recipe, [...layers.slice(0, first), ...middle, layers.at(-1)]);
    },
  },
  {
    name: "skips around them", choices: ["off", "on"],
    read: (recipe) => (extra(recipe) ? (hidden(recipe).at(-1).skip === "identity" ? "on" : "off") : null),
    write: (recipe, on) => {
      const from = hidden(recipe).length - extra(recipe);
      const skip = on === "on" ? "identity" : "";
      return withBody(recipe, body(recipe).map((one, i) => (i >= from && i < hidden(recipe).length ? { ...one, skip } : one)));
    },
  },
  {
    name: "first weights", choices: ["default", "xavier", "he"],
    read: (recipe) => recipe.model.init,
    write: (recipe, init) => ({ ...recipe, model: { ...recipe.model, init } }),
  },
  { name: "optimiser", choices: ["adam", "adamw", "sgd"], ...inPart("optimiser", "name") },
  { name: "learning rate", number: { min: 0.00001, max: 10, step: "any" }, ...inPart("optimiser", "rate", Number) },
  {
    name: "schedule", choices: ["constant", "one cycle"],
    read: ({ optimiser }) => ({ Optimiser: "constant", OneCycle: "one cycle" })[optimiser.name === "sgd" ? "" : optimiser.is] ?? null,
    write: (recipe, plan) => ({ ...recipe, optimiser: { ...recipe.optimiser, is: plan === "constant" ? "Optimiser" : "OneCycle" } }),
  },
  { name: "training pairs", number: { min: 10, max: 1250, step: 10 }, ...inPart("protocol", "train", Number) },
  {
    name: "epochs", number: { min: 1, max: 200, step: 1 },
    read: (recipe) => String(recipe.epochs),
    write: (recipe, value) => ({ ...recipe, epochs: Number(value) }),
  },
];

// What a switch makes of a value that was typed, or stands in a link: the nearest that it has, or null where there is
// none. ``start`` is the value of the preset, which may be another than the switch's own.
export function admitted({ choices, number }, value, start) {
  const text = String(value).trim();
  if (choices) return [start, ...choices].includes(text) ? text : null;
  if (!text || !Number.isFinite(Number(text))) return null;
  const near = Math.min(number.max, Math.max(number.min, Number(text)));
  return String(number.step === "any" ? near : Math.round(near));
}

// A recipe as the Python that builds it.
export function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return value.length === 1 ? `(${python(value[0])},)` : `(${value.map(python).join(", ")})`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).filter(([name]) => name !== "is");
  return `${value.is}(${fields.map(([name, field]) => `${name}=${python(field)}`).join(", ")})`;
}
