// lib/layers.py and lib/models.py in the page: the same recipe builds the same network, layer by layer, with the same
// first weights.
import { size } from "./memory.js";
import { kind } from "./recipe.js";

const IMAGE = [14, 14];
export const DIGITS = 10;
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

// A linear or convolutional layer: W (inputs, outputs) and b.
class Weights {
  constructor(tape, shape, out, kernel) {
    Object.assign(this, { shape, out, kernel });
    this.inputs = kernel ? kernel * kernel * shape.at(-1) : size(shape);
    this.W = tape.parameter(this.inputs, out);
    this.b = tape.parameter(1, out);
  }

  initialise(F, scheme, random) {
    const { inputs, out, kernel } = this;
    const bound = {
      default: inputs ** -0.5,
      xavier: Math.sqrt(6 / (inputs + (kernel ? out * kernel * kernel : out))),
      he: Math.sqrt(6 / inputs),
    }[scheme];
    const drawn = () => random.uniform(-bound, bound);
    this.fill(F, drawn, scheme === "default" ? drawn : () => 0);
  }

  // Weights and biases in torch's order, (out, channels, height, width); here the channels come last.
  fill(F, weight, bias) {
    const { inputs, out, kernel, shape } = this;
    const [h, w, c] = kernel ? [kernel, kernel, shape.at(-1)] : shape.length === 3 ? shape : [1, 1, inputs];
    for (let o = 0; o < out; o++) for (let j = 0; j < c; j++) for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      F[this.W.p + ((y * w + x) * c + j) * out + o] = weight();
    }
    for (let o = 0; o < out; o++) F[this.b.p + o] = bias();
  }
}

// What stands before or after a layer's weights: "pool2 relu".
class Words {
  constructor(tape, text, shape) {
    this.list = text.split(" ").filter(Boolean).map((word) => {
      const one = { kind: kind(word), number: Number(word.slice(kind(word).length)) };
      if (one.kind === "pool") {
        shape = [Math.floor(shape[0] / one.number), Math.floor(shape[1] / one.number), shape[2]];
        if (Math.min(...shape) < 1) throw new Error(`${word} does not fit: nothing would be left of the image.`);
      }
      if (one.kind === "norm") Object.assign(one, normalisation(tape, shape.at(-1)));
      return one;
    });
    this.shape = shape;
  }

  forward(tape, x, random) {
    return this.list.reduce((given, word) => apply(tape, word, given, random), x);
  }
}

function normalisation(tape, channels) {
  const [weight, bias] = [tape.parameter(1, channels), tape.parameter(1, channels)];
  tape.F.fill(1, weight.p, weight.p + channels);
  return { weight, bias, mean: new Float64Array(channels), variance: new Float64Array(channels).fill(1) };
}

function apply(tape, word, x, random) {
  switch (word.kind) {
    case "relu": return tape.relu(x);
    case "tanh": return tape.map(x, Math.tanh, (y) => 1 - y * y);
    case "sigmoid": return tape.map(x, (z) => 1 / (1 + Math.exp(-z)), (y) => y * (1 - y));
    case "selu": return tape.map(x, selu, (y, z) => (z > 0 ? SELU.scale : y + SELU.scale * SELU.alpha));
    case "softmax": return tape.softmax(x);
    case "norm": return tape.norm(x, word);
    case "pool": return tape.pool(x, word.number);
    case "dropout": return tape.dropout(x, word.number, random);
    default: throw new Error(`unknown word ${word.kind}`);
  }
}

function selu(z) {
  return SELU.scale * (z > 0 ? z : SELU.alpha * Math.expm1(z));
}

// One Layer at work.
class Block {
  constructor(tape, layer, shape, source) {
    this.layer = layer;
    const came = shape;
    this.before = new Words(tape, layer.before, shape);
    shape = this.before.shape;
    this.weights = new Weights(tape, shape, layer.out, layer.kernel);
    const sides = shape.slice(0, 2).map((side) => side + 2 * layer.padding - layer.kernel + 1);
    shape = layer.kernel ? [...sides, layer.out] : [layer.out];
    if (Math.min(...shape) < 1) throw new Error("A kernel does not fit: nothing would be left of the image.");
    this.then = new Words(tape, layer.then, shape);
    this.shape = this.then.shape;
    const same = String(came) === String(this.shape);
    if (layer.skip === "identity" && !same) throw new Error(`A skip connection does not fit: ${came} comes in, ${this.shape} goes out.`);
    if (layer.skip === "input") this.project = new Weights(tape, source, size(this.shape), 0);
  }

  forward(tape, x, source, random) {
    const { layer, weights: { W, b } } = this;
    for (let times = 0; times < layer.times; times++) {
      let y = this.before.forward(tape, x, random);
      y = layer.kernel ? tape.conv(y, W, b, layer.kernel, layer.padding) : tape.linear(y, W, b);
      y = this.then.forward(tape, y, random);
      if (layer.skip === "identity") y = tape.plus(y, x);
      if (layer.skip === "input") y = tape.plus(y, this.projected(tape, source, y));
      x = y;
    }
    return x;
  }

  projected(tape, source, y) {
    return tape.view(tape.relu(tape.linear(source, this.project.W, this.project.b)), y.n, y.shape);
  }

  *inOrder() {
    yield this.weights;
    if (this.project) yield this.project;
  }

  *norms() {
    for (const word of [...this.before.list, ...this.then.list]) if (word.kind === "norm") yield word;
  }

  // How many weights it has.
  get size() {
    const parameters = [...this.inOrder()].flatMap(({ W, b }) => [W, b]).concat([...this.norms()].flatMap(({ weight, bias }) => [weight, bias]));
    return parameters.reduce((sum, { count }) => sum + count, 0);
  }
}

// Layers one after the other.
class Stack {
  constructor(tape, layers, shape, existing = () => null) {
    const source = shape;
    this.blocks = layers.map((layer, i) => {
      const block = existing(i) ?? new Block(tape, layer, shape, source);
      shape = block.shape;
      return block;
    });
    this.shape = shape;
  }

  forward(tape, x, random) {
    const source = x;
    return this.blocks.reduce((given, block) => block.forward(tape, given, source, random), x);
  }
}

// The network of a recipe on a tape. ``random`` gives the weights, and later the dropout masks.
export class Network {
  constructor(tape, model, random) {
    Object.assign(this, { tape, model, random });
    const stacks = model.is === "PairNetwork" ? this.buildPair() : this.buildSiamese();
    this.blocks = new Set(stacks.flatMap((stack) => stack.blocks)); // a shared block once
    for (const weights of this.weights()) weights.initialise(tape.F, model.init, random);
  }

  *weights() {
    for (const block of this.blocks) yield* block.inOrder();
  }

  // How many weights it has; one that is used twice counts once.
  get size() {
    return this.tape.parameters.reduce((sum, { count }) => sum + count, 0);
  }

  buildPair() {
    this.layers = new Stack(this.tape, this.model.layers, [...IMAGE, 2]);
    if (size(this.layers.shape) > 2) throw new Error("A comparison needs one or two outputs.");
    return [this.layers];
  }

  buildSiamese() {
    const { tape, model } = this;
    this.first = new Stack(tape, model.branch, [...IMAGE, 1]);
    const shared = (i) => model.sharing === "shared" || (model.sharing === "partly" && !model.branch[i].own);
    this.second = new Stack(tape, model.branch, [...IMAGE, 1], (i) => (shared(i) ? this.first.blocks[i] : null));
    this.oneBranch = model.branch.every((_, i) => shared(i)) && model.sharing === "shared";
    const stacks = [this.first, this.second];
    if (model.digit_head) {
      stacks.push((this.digitHead = new Stack(tape, model.digit_head, this.first.shape)));
      if (size(this.digitHead.shape) !== DIGITS) throw new Error(`The digits are read off ${size(this.digitHead.shape)} outputs, not ${DIGITS}.`);
    }
    const features = size(this.first.shape);
    if (Array.isArray(model.head)) {
      stacks.push((this.head = new Stack(tape, model.head, [2 * features])));
      return stacks;
    }
    const needed = model.head.is === "Score" ? 1 : DIGITS;
    if (features !== needed) throw new Error(`The head reads ${needed} outputs of each branch, but the branch gives ${features}.`);
    return stacks;
  }

  // images: a Float32Array (n, 2, 196) → {target: logits of the comparison, digits: (2n, 10) or null, features}
  forward(images, n) {
    const { tape, model, random } = this;
    if (model.is === "PairNetwork") {
      return { target: this.layers.forward(tape, this.bothAsChannels(images, n), random), digits: null };
    }
    const features = this.features(images, n);
    const digits = this.digitHead ? this.digitHead.forward(tape, features, random) : null;
    return { target: this.compared(features, n), digits: digits && tape.view(digits, 2 * n, [DIGITS]) };
  }

  // (n, 14, 14, 2)
  bothAsChannels(images, n) {
    const { tape } = this;
    const pixels = size(IMAGE);
    const x = tape.tensor(n, [...IMAGE, 2], false);
    for (let r = 0; r < n; r++) for (let side = 0; side < 2; side++) for (let i = 0; i < pixels; i++) {
      tape.F[x.p + (r * pixels + i) * 2 + side] = images[(2 * r + side) * pixels + i];
    }
    return x;
  }

  // (2n, features): what the branches say of first, second, first, second, …
  features(images, n) {
    const { tape, random } = this;
    if (this.oneBranch) return this.first.forward(tape, tape.input(images, 2 * n, [...IMAGE, 1]), random);
    const pixels = size(IMAGE);
    const sides = [this.first, this.second].map((branch, side) => {
      const x = tape.tensor(n, [...IMAGE, 1], false);
      for (let r = 0; r < n; r++) tape.F.set(images.subarray((2 * r + side) * pixels, (2 * r + side + 1) * pixels), x.p + r * pixels);
      return branch.forward(tape, x, random);
    });
    return tape.interleave(...sides);
  }

  compared(features, n) {
    const { tape, model } = this;
    const between = { "": (x) => x, softmax: (x) => tape.softmax(x), argmax: (x) => tape.oneHot(x) }[model.between];
    const read = between(tape.view(features, features.n, [size(features.shape)]));
    if (model.head.is === "Score") return tape.difference(read);
    if (model.head.is === "Probability") return tape.probability(read);
    if (model.head.is === "Hard") return this.hard(read, n);
    return this.head.forward(tape, tape.view(read, n, [2 * size(read.shape)]), this.random);
  }

  // A large logit either way, and no gradient.
  hard(read, n) {
    const { tape } = this;
    const y = tape.tensor(n, [1], false);
    for (let r = 0; r < n; r++) tape.F[y.p + r] = tape.largest(read, 2 * r) <= tape.largest(read, 2 * r + 1) ? 10 : -10;
    return y;
  }

  // A copy of everything that training changes, and back: for the best epoch, and to keep a network.
  save() {
    const { F, parameters } = this.tape;
    const norms = [...this.norms()].map(({ mean, variance }) => [mean.slice(), variance.slice()]);
    return { weights: parameters.map(({ p, count }) => F.slice(p, p + count)), norms };
  }

  load({ weights, norms }) {
    this.tape.parameters.forEach(({ p }, i) => this.tape.F.set(weights[i], p));
    [...this.norms()].forEach((norm, i) => {
      norm.mean.set(norms[i][0]);
      norm.variance.set(norms[i][1]);
    });
  }

  // Weights that torch has trained, as book/_ext/lab.py packs them.
  loadTorch(values) {
    const { F } = this.tape;
    const needed = [...this.norms()].reduce((sum, { mean }) => sum + 2 * mean.length, this.size);
    if (values.length !== needed) throw new Error(`These are ${values.length} weights of another network: this one has ${needed}.`);
    let at = 0;
    const next = () => values[at++];
    for (const weights of this.weights()) weights.fill(F, next, next);
    for (const { weight, bias, mean, variance } of this.norms()) {
      for (const { p, count } of [weight, bias]) for (let i = 0; i < count; i++) F[p + i] = next();
      for (const running of [mean, variance]) running.forEach((_, i) => (running[i] = next()));
    }
  }

  *norms() {
    for (const block of this.blocks) yield* block.norms();
  }

  // The second branch of a siamese network starts with the weights of the first (lib.extras.SameStart).
  copyFirstBranch() {
    const { F } = this.tape;
    this.second.blocks.forEach((block, i) => {
      const pairs = [...block.inOrder()].map((weights, k) => [weights, [...this.first.blocks[i].inOrder()][k]]);
      for (const [to, from] of pairs) for (const name of ["W", "b"]) {
        F.copyWithin(to[name].p, from[name].p, from[name].p + from[name].count);
      }
    });
  }
}
