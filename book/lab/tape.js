// The tape that a network is trained on: its layers, softmax, the heads without weights and the losses.
import { Layers } from "./layers.js";
import { size } from "./memory.js";

export class Tape extends Layers {
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
    const z = new Float64Array(columns), slope = new Float64Array(x.n * c); // of the loss of each row, by each logit
    let total = 0;
    for (let r = 0; r < x.n; r++) {
      for (let j = 0; j < c; j++) z[columns - c + j] = F[x.p + r * c + j];
      const normaliser = logSumExp(z);
      for (let j = 0; j < columns; j++) {
        const truth = (j === labels[r] ? 1 - smoothing : 0) + smoothing / columns;
        if (truth) total += truth * (normaliser - z[j]);
        if (j >= columns - c) slope[r * c + j - (columns - c)] = Math.exp(z[j] - normaliser) - truth;
      }
    }
    this.back(() => {
      if (!x.g) return;
      for (let i = 0; i < slope.length; i++) F[x.g + i] += (weight / x.n) * slope[i];
    });
    return (weight * total) / x.n;
  }
}

function logSumExp(z) {
  let top = -Infinity, sum = 0;
  for (let j = 0; j < z.length; j++) top = Math.max(top, z[j]);
  for (let j = 0; j < z.length; j++) sum += Math.exp(z[j] - top);
  return top + Math.log(sum);
}

// Softmax of ``count`` values from ``from`` at p, into ``to`` at q.
function softmaxRow(from, p, count, to, q) {
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
