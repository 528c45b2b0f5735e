// Tensors on one block of memory, and a tape of the steps back: what autograd is to torch.
// A tensor is {p, g, n, shape, count}: the places of its values and of their gradient (0 where none is wanted), its
// rows, and the shape of a row: [units] or [height, width, channels].
import { compiledKernels, plainKernels } from "./kernels.js";

const PATCHES = 1 << 19; // floats of patches, 2 MB, that a convolution lays out at a time (measured: 1 << 16 is a tenth slower)
const STACK = 16384; // floats that the compiled code has for its stack
export const size = (shape) => shape.reduce((a, b) => a * b, 1);

export class Tape {
  // Without ``compiled``, the bytes of kernels.wasm, the loops run in plain JavaScript.
  constructor(compiled = null, megabytes = 256) {
    const { memory, buffer } = room(megabytes, compiled);
    this.F = new Float32Array(buffer);
    this.I = new Int32Array(buffer);
    this.kernels = memory ? compiledKernels(compiled, memory) : plainKernels(this.F, this.I);
    this.top = STACK;
    this.parameters = [];
    this.steps = [];
    this.training = false;
  }

  alloc(count) {
    const place = this.top;
    this.top += (count + 3) & ~3; // multiples of 16 bytes
    if (this.top > this.F.length) throw new RangeError("This network needs more memory than a page may use: make it smaller.");
    return place;
  }

  // A weight matrix (rows, columns) of zeros, with what an optimiser remembers of it: m and q.
  parameter(rows, columns) {
    const count = rows * columns;
    const [p, g, m, q] = [0, 0, 0, 0].map(() => this.alloc(count));
    const weights = { p, g, m, q, rows, columns, count };
    this.F.fill(0, p, this.top);
    this.parameters.push(weights);
    return weights;
  }

  tensor(n, shape, wanted = this.training) {
    const count = n * size(shape);
    const p = this.alloc(count);
    const g = wanted ? this.alloc(count) : 0;
    if (g) this.kernels.zero(count, g);
    return { p, g, n, shape, count };
  }

  input(values, n, shape) {
    const x = this.tensor(n, shape, false);
    this.F.set(values.subarray(0, x.count), x.p);
    return x;
  }

  view(x, n, shape) {
    return { ...x, n, shape };
  }

  // Forget all tensors but the weights, and begin a forward pass.
  begin(training) {
    this.training = training;
    this.steps.length = 0;
    this.mark ??= this.top;
    this.top = this.mark;
    if (training) for (const weights of this.parameters) this.kernels.zero(weights.count, weights.g);
  }

  back(step) {
    if (this.training) this.steps.push(step);
  }

  backward() {
    while (this.steps.length) this.steps.pop()();
  }

  // --- layers with weights ---

  // (n, inputs) → (n, outputs); W is (inputs, outputs).
  linear(x, W, b) {
    const { kernels } = this;
    const [rows, width, out] = [x.n, W.rows, W.columns];
    const y = this.tensor(rows, [out]);
    kernels.rows_set(rows, out, b.p, y.p);
    kernels.gemm(rows, out, width, x.p, width, 1, W.p, out, y.p, out, 1);
    this.back(() => {
      kernels.gemm(width, out, rows, x.p, 1, width, y.g, out, W.g, out, 1); // dW = xᵀ dy
      kernels.rows_sum(rows, out, y.g, b.g);
      if (!x.g) return;
      kernels.gemm(rows, width, out, y.g, out, 1, this.transposed(W), width, x.g, width, 1); // dx = dy Wᵀ
    });
    return y;
  }

  // A convolution is a linear layer on patches: (n, h, w, c) → (n, h', w', outputs). Where the patches of all
  // images do not fit into the processor's cache, a few images come at a time, and are laid out again on the way back.
  conv(x, W, b, kernel, pad) {
    const { kernels } = this;
    const [h, w, c] = x.shape;
    const [oh, ow] = [h, w].map((side) => side + 2 * pad - kernel + 1);
    const [out, width, places] = [W.columns, W.rows, oh * ow];
    const some = Math.max(1, Math.min(x.n, Math.floor(PATCHES / (places * width))));
    const patches = this.alloc(some * places * width);
    const y = this.tensor(x.n, [oh, ow, out]);
    let laid = false;
    const each = (act) => { // act(images, where their values begin in x and in y)
      for (let from = 0; from < x.n; from += some) {
        const [n, at] = [Math.min(some, x.n - from), from * h * w * c];
        if (!laid || some < x.n) kernels.im2col(n, h, w, c, kernel, pad, x.p + at, patches);
        laid = true;
        act(n, at, from * places * out);
      }
    };
    kernels.rows_set(x.n * places, out, b.p, y.p);
    each((n, _, to) => kernels.gemm(n * places, out, width, patches, width, 1, W.p, out, y.p + to, out, 1));
    this.back(() => {
      kernels.rows_sum(x.n * places, out, y.g, b.g);
      const transposed = x.g ? this.transposed(W) : 0;
      each((n, at, to) => {
        kernels.gemm(width, out, n * places, patches, 1, width, y.g + to, out, W.g, out, 1);
        if (!x.g) return;
        kernels.gemm(n * places, width, out, y.g + to, out, 1, transposed, width, patches, width, 0); // now their gradient
        kernels.col2im(n, h, w, c, kernel, pad, patches, x.g + at);
      });
    });
    return y;
  }

  transposed(W) {
    const place = this.alloc(W.count);
    this.kernels.transpose(W.rows, W.columns, W.p, place);
    return place;
  }

  // --- what stands between them ---

  relu(x) {
    const y = this.tensor(x.n, x.shape);
    this.kernels.relu(x.count, x.p, y.p);
    this.back(() => this.kernels.relu_back(x.count, y.p, y.g, x.g));
    return y;
  }

  // Any other function of single values; ``slope`` is its derivative, from its value y and from x.
  map(x, value, slope) {
    const { F } = this;
    const y = this.tensor(x.n, x.shape);
    for (let i = 0; i < x.count; i++) F[y.p + i] = value(F[x.p + i]);
    this.back(() => {
      for (let i = 0; i < x.count; i++) F[x.g + i] += F[y.g + i] * slope(F[y.p + i], F[x.p + i]);
    });
    return y;
  }

  // The largest value in each square of side×side; what is left at the edges falls away.
  pool(x, side) {
    const [h, w, c] = x.shape;
    const y = this.tensor(x.n, [Math.floor(h / side), Math.floor(w / side), c]);
    const at = this.alloc(y.count);
    this.kernels.pool(x.n, h, w, c, side, x.p, y.p, at);
    this.back(() => this.kernels.pool_back(y.count, at, y.g, x.g));
    return y;
  }

  dropout(x, rate, random) {
    if (!this.training || !rate) return x;
    const y = this.tensor(x.n, x.shape);
    const keep = this.alloc(x.count);
    const scale = 1 / (1 - rate);
    for (let i = 0; i < x.count; i++) this.F[keep + i] = random.unit() < rate ? 0 : scale;
    this.kernels.zero(x.count, y.p);
    this.kernels.add_product(x.count, x.p, keep, y.p);
    this.back(() => this.kernels.add_product(x.count, y.g, keep, x.g));
    return y;
  }

  // Batch norm over all but the channels. layer: {weight, bias, mean, variance}; the last two are running averages.
  norm(x, layer) {
    const { F } = this;
    const c = x.shape.at(-1);
    const rows = x.count / c;
    const y = this.tensor(x.n, x.shape);
    const { mean, inverse } = this.training ? this.batchStatistics(x, layer, rows, c) : kept(layer);
    const z = (i, j) => (F[x.p + i] - mean[j]) * inverse[j];
    for (let i = 0; i < x.count; i++) {
      const j = i % c;
      F[y.p + i] = z(i, j) * F[layer.weight.p + j] + F[layer.bias.p + j];
    }
    this.back(() => {
      const sum = new Float64Array(c), dot = new Float64Array(c);
      for (let i = 0; i < x.count; i++) {
        sum[i % c] += F[y.g + i];
        dot[i % c] += F[y.g + i] * z(i, i % c);
      }
      for (let j = 0; j < c; j++) {
        F[layer.bias.g + j] += sum[j];
        F[layer.weight.g + j] += dot[j];
      }
      for (let i = 0; i < x.count; i++) {
        const j = i % c;
        const slope = F[layer.weight.p + j] * inverse[j];
        F[x.g + i] += slope * (F[y.g + i] - (sum[j] + z(i, j) * dot[j]) / rows);
      }
    });
    return y;
  }

  batchStatistics(x, layer, rows, c) {
    const { F } = this;
    const mean = new Float64Array(c), variance = new Float64Array(c);
    for (let i = 0; i < x.count; i++) mean[i % c] += F[x.p + i] / rows;
    for (let i = 0; i < x.count; i++) variance[i % c] += (F[x.p + i] - mean[i % c]) ** 2 / rows;
    for (let j = 0; j < c; j++) {
      layer.mean[j] += 0.1 * (mean[j] - layer.mean[j]);
      layer.variance[j] += 0.1 * ((variance[j] * rows) / (rows - 1) - layer.variance[j]);
    }
    return { mean, inverse: variance.map((v) => 1 / Math.sqrt(v + 1e-5)) };
  }

  // A skip connection: x + z.
  plus(x, z) {
    const { kernels } = this;
    const y = this.tensor(x.n, x.shape);
    this.F.copyWithin(y.p, x.p, x.p + x.count);
    kernels.add(x.count, z.p, y.p);
    this.back(() => {
      if (x.g) kernels.add(x.count, y.g, x.g);
      if (z.g) kernels.add(x.count, y.g, z.g);
    });
    return y;
  }

  softmax(x) {
    const { F } = this;
    const c = size(x.shape);
    const y = this.tensor(x.n, x.shape);
    for (let r = 0; r < x.n; r++) softmaxRow(F, x.p + r * c, c, F, y.p + r * c);
    this.back(() => {
      for (let r = 0; r < x.n; r++) {
        let dot = 0;
        for (let j = r * c; j < (r + 1) * c; j++) dot += F[y.g + j] * F[y.p + j];
        for (let j = r * c; j < (r + 1) * c; j++) F[x.g + j] += F[y.p + j] * (F[y.g + j] - dot);
      }
    });
    return y;
  }

  // 1 at the largest of each row, 0 elsewhere; no gradient passes.
  oneHot(x) {
    const c = size(x.shape);
    const y = this.tensor(x.n, x.shape, false);
    this.F.fill(0, y.p, y.p + y.count);
    for (let r = 0; r < x.n; r++) this.F[y.p + r * c + this.largest(x, r)] = 1;
    return y;
  }

  // Which value of row r is the largest; the first, among equals.
  largest(x, r) {
    const c = size(x.shape);
    let best = 0;
    for (let j = 1; j < c; j++) if (this.F[x.p + r * c + j] > this.F[x.p + r * c + best]) best = j;
    return best;
  }

  // (n, f) and (n, f) → (2n, f): first, second, first, second, …
  interleave(a, b) {
    const { F } = this;
    const f = size(a.shape);
    const y = this.tensor(2 * a.n, a.shape);
    [a, b].forEach((x, side) => {
      for (let r = 0; r < x.n; r++) F.copyWithin(y.p + (2 * r + side) * f, x.p + r * f, x.p + (r + 1) * f);
      this.back(() => {
        for (let r = 0; r < x.n; r++) this.kernels.add(f, y.g + (2 * r + side) * f, x.g + r * f);
      });
    });
    return y;
  }

  // --- heads without weights (lib/heads.py) ---

  // Score: (2n, 1) → (n, 1), the second minus the first.
  difference(x) {
    const { F } = this;
    const y = this.tensor(x.n / 2, [1]);
    for (let r = 0; r < y.n; r++) F[y.p + r] = F[x.p + 2 * r + 1] - F[x.p + 2 * r];
    this.back(() => {
      for (let r = 0; r < y.n; r++) {
        F[x.g + 2 * r + 1] += F[y.g + r];
        F[x.g + 2 * r] -= F[y.g + r];
      }
    });
    return y;
  }

  // Probability: (2n, 10) digit logits → (n, 2), log P(first > second) and log P(first ≤ second).
  probability(x) {
    const { F } = this;
    const y = this.tensor(x.n / 2, [2]);
    const p = new Float64Array(10), q = new Float64Array(10);
    const read = (r) => {
      softmaxRow(F, x.p + 20 * r, 10, p, 0);
      softmaxRow(F, x.p + 20 * r + 10, 10, q, 0);
    };
    for (let r = 0; r < y.n; r++) {
      read(r);
      const sums = [1e-37, 1e-37]; // of p_i q_j with i > j, and with i ≤ j; so small that it only keeps log finite
      for (let i = 0; i < 10; i++) for (let j = 0; j < 10; j++) sums[+(i <= j)] += p[i] * q[j];
      for (const side of [0, 1]) F[y.p + 2 * r + side] = Math.log(sums[side]);
    }
    this.back(() => {
      for (let r = 0; r < y.n; r++) {
        read(r);
        const weight = [0, 1].map((side) => F[y.g + 2 * r + side] / Math.exp(F[y.p + 2 * r + side]));
        const dp = new Float64Array(10), dq = new Float64Array(10);
        for (let i = 0; i < 10; i++) for (let j = 0; j < 10; j++) {
          dp[i] += weight[+(i <= j)] * q[j];
          dq[j] += weight[+(i <= j)] * p[i];
        }
        throughSoftmax(F, x.g + 20 * r, p, dp);
        throughSoftmax(F, x.g + 20 * r + 10, q, dq);
      }
    });
    return y;
  }

  // --- losses: their value is returned, their gradient goes to the tape ---

  // Mean over the rows, times ``weight``. One column z counts as (0, z). ``smoothing`` is spread over all classes.
  crossEntropy(x, labels, weight = 1, smoothing = 0) {
    const { F } = this;
    const c = size(x.shape);
    const columns = c === 1 ? 2 : c;
    const p = new Float64Array(columns);
    const logit = (r, j) => (c === 1 ? (j ? F[x.p + r] : 0) : F[x.p + r * c + j]);
    const truth = (r, j) => (1 - smoothing) * (j === labels[r]) + smoothing / columns;
    let total = 0;
    for (let r = 0; r < x.n; r++) {
      let top = -Infinity, sum = 0;
      for (let j = 0; j < columns; j++) top = Math.max(top, logit(r, j));
      for (let j = 0; j < columns; j++) sum += Math.exp(logit(r, j) - top);
      for (let j = 0; j < columns; j++) if (truth(r, j)) total += truth(r, j) * (top + Math.log(sum) - logit(r, j));
    }
    this.back(() => {
      if (!x.g) return;
      for (let r = 0; r < x.n; r++) {
        const row = Float64Array.from(p, (_, j) => logit(r, j));
        softmaxRow(row, 0, columns, p, 0);
        for (let j = columns - c; j < columns; j++) {
          F[x.g + r * c + j - (columns - c)] += (weight / x.n) * (p[j] - truth(r, j));
        }
      }
    });
    return (weight * total) / x.n;
  }
}

function room(megabytes, compiled) {
  try {
    if (!compiled) return { buffer: new ArrayBuffer(megabytes * 2 ** 20) };
    const memory = new WebAssembly.Memory({ initial: megabytes * 16 });
    return { memory, buffer: memory.buffer };
  } catch {
    throw new RangeError("The browser has no memory left for another network: close other pages, and try again.");
  }
}

// Softmax of ``count`` values from ``from`` at p, into ``to`` at q.
export function softmaxRow(from, p, count, to, q) {
  let top = -Infinity, sum = 0;
  for (let j = 0; j < count; j++) top = Math.max(top, from[p + j]);
  for (let j = 0; j < count; j++) sum += to[q + j] = Math.exp(from[p + j] - top);
  for (let j = 0; j < count; j++) to[q + j] /= sum;
}

// Add to F at g what a gradient of the probabilities is for the logits.
function throughSoftmax(F, g, probabilities, gradient) {
  const dot = probabilities.reduce((sum, p, i) => sum + p * gradient[i], 0);
  probabilities.forEach((p, i) => (F[g + i] += p * (gradient[i] - dot)));
}

function kept({ mean, variance }) {
  return { mean, inverse: variance.map((v) => 1 / Math.sqrt(v + 1e-5)) };
}
