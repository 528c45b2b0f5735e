// Which recipes the page can train. A recipe is the JSON that lib.store.ledger.plain writes: every part says what it
// "is", and has every field. What is not named here is refused in words, never left out in silence.

export const ACTIVATIONS = ["relu", "tanh", "sigmoid", "selu"];
export const WORDS = [...ACTIVATIONS, "softmax", "norm", "pool", "dropout"];

const any = () => true;
const number = (value) => Number.isFinite(value);
const whole = (value) => Number.isInteger(value);
const flag = (value) => typeof value === "boolean";
const among = (...words) => Object.assign((value) => words.includes(value), { words });
const words = (text) => typeof text === "string" && text.split(" ").filter(Boolean).every((word) => WORDS.includes(kind(word)));
const part = (...kinds) => Object.assign((value) => kinds.includes(value?.is), { parts: kinds });
const list = (...kinds) => Object.assign((value) => Array.isArray(value) && value.every((v) => kinds.includes(v?.is)), { parts: kinds });
const either = (...tests) => Object.assign((value) => tests.some((test) => test(value)), { parts: tests.flatMap((t) => t.parts ?? []) });
const only = (wanted) => Object.assign((value) => value === wanted, { words: [wanted] });
const nothing = only(null);

export const kind = (word) => word.replace(/[0-9.]+$/, "");

const ADAM = { name: among("adam", "adamw", "sgd"), rate: number, decay: number };
const LOSS = { target: number, auxiliary: number, smoothing: number };
const PROTOCOL = { name: any, train: whole, test: whole, carried: only(false) };

// What each part of a recipe may hold.
export const PARTS = {
  Recipe: {
    model: part("PairNetwork", "SiameseNetwork"),
    optimiser: part("Optimiser", "OneCycle", "WithEpsilon"),
    epochs: whole,
    batch: whole,
    loss: part("Loss"),
    protocol: part("Protocol"),
    extras: list("BestEpoch", "SameStart"),
  },
  PairNetwork: { layers: list("Layer"), init: among("default", "xavier", "he") },
  SiameseNetwork: {
    branch: list("Layer"),
    head: either(list("Layer"), part("Hard", "Probability", "Score")),
    digit_head: either(list("Layer"), nothing),
    between: among("", "softmax", "argmax"),
    sharing: among("shared", "partly", "unshared"),
    init: among("default", "xavier", "he"),
  },
  Layer: {
    out: whole, kernel: whole, padding: whole, before: words, then: words,
    skip: among("", "identity", "input"), times: whole, own: flag,
  },
  Hard: {}, Probability: {}, Score: {},
  Optimiser: ADAM,
  OneCycle: { ...ADAM, name: among("adam", "adamw") }, // torch gives SGD a momentum there, which the page has not
  WithEpsilon: { ...ADAM, epsilon: number },
  Loss: LOSS,
  Protocol: PROTOCOL,
  BestEpoch: { validation: whole },
  SameStart: {},
};

// Throws an Error that names the first part, field or word of ``value`` that the page cannot do.
export function check(value) {
  const fields = PARTS[value?.is];
  if (!fields) throw new Error(`This page cannot train with ${value?.is ?? JSON.stringify(value)}: run it in the notebook.`);
  for (const name of Object.keys(value)) {
    if (name !== "is" && !(name in fields)) throw new Error(`This page does not know the field ${name} of ${value.is}: run it in the notebook.`);
  }
  for (const [name, fits] of Object.entries(fields)) {
    if (!(name in value)) throw new Error(`${value.is} has no field ${name}.`);
    const parts = [value[name]].flat().filter((item) => item?.is);
    for (const item of parts) if (!fits.parts?.includes(item.is)) throw new Error(`This page cannot train with ${item.is}: run it in the notebook.`);
    if (!fits(value[name])) {
      const choose = fits.words ? `: it can do ${fits.words.map((word) => JSON.stringify(word)).join(", ")}` : "";
      throw new Error(`This page cannot do ${name} = ${JSON.stringify(value[name])} of ${value.is}${choose}.`);
    }
    parts.forEach(check);
  }
  if (value.is === "Recipe") together(value);
  return value;
}

// What lib.recipes.Recipe says of fields that do not go together.
function together({ model, loss, epochs, batch, protocol, extras }) {
  if (epochs < 1 || batch < 1) throw new Error(`${epochs} epochs of batches of ${batch}: both must be at least 1.`);
  if (model.head?.is === "Hard" && !loss.auxiliary) throw new Error("The hard comparison cannot learn: give the digits a loss.");
  const left = protocol.train - extras.reduce((sum, { validation = 0 }) => sum + validation, 0);
  if (left < 1) throw new Error("Nothing would be left to train on: choose more training pairs.");
  const texts = [model.layers, model.branch, model.head, model.digit_head].filter(Array.isArray).flat().flatMap(({ before, then }) => [before, then]);
  if (left % batch === 1 && texts.some((text) => text.split(" ").includes("norm"))) {
    throw new Error("Batch norm cannot train on a batch of one pair: choose another number of pairs.");
  }
}
