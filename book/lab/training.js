// lib/training.py in the page: the loop, and what judges a network.
import { chosen, draw, noPairs, PIXELS } from "./data.js";
import { DIGITS, Network } from "./networks.js";
import { generator } from "./random.js";
import { check } from "./recipe.js";
import { Tape } from "./tape.js";

const EVALUATION_BATCH = 250;

export class Diverged extends Error {}

// A network with the weights from which the round of this number starts.
export function fresh(recipe, number, compiled) {
  check(recipe);
  return new Network(new Tape(compiled), recipe.model, generator(number, "weights"));
}

// One whole round, an epoch at a time: yields {epoch, loss} and, after the last epoch or after each if ``watched``,
// {accuracy, digitAccuracy, …}; returns the network.
export function* play(recipe, number, digits, compiled, watched = true) {
  const network = fresh(recipe, number, compiled);
  const { train, test } = recipe.protocol;
  yield* fit(network, draw(digits, number, train, test), recipe, generator(number, "training"), watched);
  return network;
}

// Train in place. Yields after every epoch, so that whoever asks may stop, or draw a curve. Throws Diverged.
export function* fit(network, round, recipe, random, watched = true, probe = () => {}) {
  const extras = Object.fromEntries(recipe.extras.map((extra) => [extra.is, extra]));
  if (extras.SameStart) network.copyFirstBranch();
  const { train, judgedBy } = divided(round, extras.BestEpoch?.validation);
  const step = optimiser(network.tape, recipe.optimiser, recipe.epochs * Math.ceil(train.n / recipe.batch));
  const batch = noPairs(Math.min(recipe.batch, train.n));
  let best = { accuracy: -1 };
  for (let epoch = 1; epoch <= recipe.epochs; epoch++) {
    const order = random.randperm(train.n);
    let total = 0;
    for (let start = 0; start < train.n; start += recipe.batch) {
      const pairs = chosen(train, order.subarray(start, start + recipe.batch), batch);
      const loss = lossOf(network, pairs, recipe.loss);
      network.tape.backward();
      step();
      probe(loss);
      total += finite(loss, epoch) * pairs.n;
    }
    if (extras.BestEpoch) {
      const { accuracy } = evaluate(network, judgedBy);
      if (accuracy >= best.accuracy) best = { accuracy, saved: network.save() };
      if (epoch === recipe.epochs) network.load(best.saved);
    }
    const last = epoch === recipe.epochs;
    const scores = watched || last ? evaluate(network, round.test) : {};
    if (last) finite(scores.testLoss, epoch); // the last step may have broken it, too
    yield { epoch, loss: total / train.n, ...scores };
  }
}

function finite(loss, epoch) {
  if (Number.isFinite(loss)) return loss;
  throw new Diverged(`The loss is no longer a number in epoch ${epoch}: a lower learning rate usually helps.`);
}

// What is trained on, and what the best epoch is chosen by: the last ``validation`` training pairs, or the test pairs.
function divided({ train, test }, validation) {
  if (!validation) return { train, judgedBy: test };
  const places = [...Array(train.n).keys()];
  const kept = train.n - validation;
  return { train: chosen(train, places.slice(0, kept)), judgedBy: chosen(train, places.slice(kept)) };
}

// A forward pass in training mode, and the loss of the recipe; its gradients wait on the tape.
function lossOf(network, pairs, { target, auxiliary, smoothing }) {
  const { tape } = network;
  tape.begin(true);
  const output = network.forward(pairs.images, pairs.n);
  const comparison = tape.crossEntropy(output.target, pairs.target, target);
  if (!auxiliary) return comparison;
  if (!output.digits) throw new Error("The digit loss needs a network with digit outputs.");
  return comparison + tape.crossEntropy(output.digits, pairs.labels, 2 * auxiliary, smoothing);
}

// One step of torch's optimiser, to be called ``steps`` times.
function optimiser(tape, { is, name, rate, decay, epsilon = 1e-8 }, steps) {
  const { kernels, parameters } = tape;
  let taken = 0;
  return () => {
    const plan = is === "OneCycle" ? oneCycle(taken, steps, rate) : { rate, beta: 0.9 };
    taken++;
    if (name === "sgd") {
      for (const w of parameters) kernels.sgd(w.count, w.p, w.g, plan.rate, decay);
      return;
    }
    const length = plan.rate / (1 - plan.beta ** taken);
    const root = Math.sqrt(1 - 0.999 ** taken);
    const [added, shrink] = name === "adamw" ? [0, plan.rate * decay] : [decay, 0];
    for (const w of parameters) {
      kernels.adam(w.count, w.p, w.g, w.m, w.q, length, root, added, shrink, plan.beta, epsilon);
    }
  };
}

// torch's OneCycleLR: the rate rises for 30 % of the steps and then falls to nearly 0; the momentum moves against it.
function oneCycle(step, steps, highest) {
  const peak = 0.3 * steps - 1;
  const along = (from, to, share) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  if (step <= peak) return { rate: along(highest / 25, highest, step / peak), beta: along(0.95, 0.85, step / peak) };
  const share = (step - peak) / (steps - 1 - peak);
  return { rate: along(highest, highest / 25e4, share), beta: along(0.85, 0.95, share) };
}

// The network in eval mode on pairs: mean cross-entropy of the comparison, and two shares of right answers.
export function evaluate(network, pairs) {
  const { tape } = network;
  let loss = 0, right = 0, read = 0, digitsThere = false;
  for (let start = 0; start < pairs.n; start += EVALUATION_BATCH) {
    const n = Math.min(EVALUATION_BATCH, pairs.n - start);
    tape.begin(false);
    const { target, digits } = network.forward(pairs.images.subarray(start * 2 * PIXELS, (start + n) * 2 * PIXELS), n);
    loss += tape.crossEntropy(target, pairs.target.subarray(start, start + n)) * n;
    for (let r = 0; r < n; r++) right += answer(tape, target, r) === pairs.target[start + r];
    if (!digits) continue;
    digitsThere = true;
    for (let r = 0; r < 2 * n; r++) read += tape.largest(digits, r) === pairs.labels[2 * start + r];
  }
  return { testLoss: loss / pairs.n, accuracy: right / pairs.n, digitAccuracy: digitsThere ? read / (2 * pairs.n) : NaN };
}

// 1 for "first ≤ second", 0 else; of equal logits the first wins, as in torch.
export function answer(tape, target, r) {
  const { F } = tape;
  return target.shape[0] === 1 ? +(F[target.p + r] > 0) : tape.largest(target, r);
}

// What a network says of one pair of standardised images (2, 196): P(first ≤ second), and each digit's ten shares.
export function ask(network, images) {
  const { tape } = network;
  tape.begin(false);
  const { target, digits } = network.forward(images, 1);
  const share = (x, row, count) => {
    const logits = tape.F.slice(x.p + row * count, x.p + (row + 1) * count).map((v) => Math.exp(v));
    return Array.from(logits, (v) => v / logits.reduce((a, b) => a + b));
  };
  const z = tape.F[target.p];
  const yes = target.shape[0] === 1 ? 1 / (1 + Math.exp(-z)) : share(target, 0, 2)[1];
  return { yes, digits: digits && [0, 1].map((row) => share(digits, row, DIGITS)) };
}
