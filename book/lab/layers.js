// What a network's layers do with a tensor, and the step back of each.
import { Memory, size } from "./memory.js";

const PATCHES = 1 << 19; // floats of patches, 2 MB, that a convolution lays out at a time (measured: 1 << 16 is a tenth slower)

export class Layers extends Memory {
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
}

function kept({ mean, variance }) {
  return { mean, inverse: variance.map((v) => 1 / Math.sqrt(v + 1e-5)) };
}
