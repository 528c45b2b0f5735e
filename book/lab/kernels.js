// The loops that take the time: WebAssembly's (kernels.c), and the same in plain JavaScript for browsers without SIMD.
// Both work on one block of memory; p, q, … are places in it, counted in floats.

// Which arguments of each kernel are places: WebAssembly wants them in bytes.
const PLACES = {
  gemm: [3, 6, 8],
  transpose: [2, 3],
  rows_set: [2, 3],
  rows_sum: [2, 3],
  relu: [1, 2],
  relu_back: [1, 2, 3],
  add: [1, 2],
  zero: [1],
  add_product: [1, 2, 3],
  im2col: [6, 7],
  col2im: [6, 7],
  pool: [5, 6, 7],
  pool_back: [1, 2, 3],
  adam: [1, 2, 3, 4],
  sgd: [1, 2],
};

// The kernels of a compiled module. Throws where the browser has no WebAssembly SIMD.
export function compiledKernels(bytes, memory) {
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const wrap = ([name, places]) => [
    name,
    (...given) => {
      for (const i of places) given[i] *= 4;
      exports[name](...given);
    },
  ];
  return Object.fromEntries(Object.entries(PLACES).map(wrap));
}

// F and I are the same memory, as floats and as integers.
export function plainKernels(F, I) {
  return {
    // C (M×N) = (more ? C : 0) + A (M×K, at m·ar + k·ak) · B (K×N), two rows and four columns at a time
    gemm(M, N, K, A, ar, ak, B, ldb, C, ldc, more) {
      let m = 0;
      for (; m + 2 <= M; m += 2) {
        const a0 = A + m * ar, a1 = a0 + ar, c0 = C + m * ldc, c1 = c0 + ldc;
        let n = 0;
        for (; n + 4 <= N; n += 4) {
          let p0 = 0, p1 = 0, p2 = 0, p3 = 0, q0 = 0, q1 = 0, q2 = 0, q3 = 0;
          for (let k = 0, b = B + n, ka = 0; k < K; k++, b += ldb, ka += ak) {
            const x = F[a0 + ka], y = F[a1 + ka], b0 = F[b], b1 = F[b + 1], b2 = F[b + 2], b3 = F[b + 3];
            p0 += x * b0; p1 += x * b1; p2 += x * b2; p3 += x * b3;
            q0 += y * b0; q1 += y * b1; q2 += y * b2; q3 += y * b3;
          }
          const p = [p0, p1, p2, p3], q = [q0, q1, q2, q3];
          for (let j = 0; j < 4; j++) {
            F[c0 + n + j] = (more ? F[c0 + n + j] : 0) + p[j];
            F[c1 + n + j] = (more ? F[c1 + n + j] : 0) + q[j];
          }
        }
        for (; n < N; n++) {
          let p = 0, q = 0;
          for (let k = 0; k < K; k++) {
            const b = F[B + k * ldb + n];
            p += F[a0 + k * ak] * b;
            q += F[a1 + k * ak] * b;
          }
          F[c0 + n] = (more ? F[c0 + n] : 0) + p;
          F[c1 + n] = (more ? F[c1 + n] : 0) + q;
        }
      }
      for (; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let p = 0;
          for (let k = 0; k < K; k++) p += F[A + m * ar + k * ak] * F[B + k * ldb + n];
          F[C + m * ldc + n] = (more ? F[C + m * ldc + n] : 0) + p;
        }
      }
    },
    transpose(R, C, A, T) {
      for (let c = 0; c < C; c++) for (let r = 0; r < R; r++) F[T + c * R + r] = F[A + r * C + c];
    },
    rows_set(R, C, b, Y) {
      for (let r = 0; r < R; r++) F.copyWithin(Y + r * C, b, b + C);
    },
    rows_sum(R, C, Y, b) {
      for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) F[b + c] += F[Y + r * C + c];
    },
    relu(n, x, y) {
      for (let i = 0; i < n; i++) F[y + i] = F[x + i] < 0 ? 0 : F[x + i]; // so that what is no number stays so
    },
    relu_back(n, y, gy, gx) {
      for (let i = 0; i < n; i++) if (F[y + i] > 0) F[gx + i] += F[gy + i];
    },
    add(n, x, y) {
      for (let i = 0; i < n; i++) F[y + i] += F[x + i];
    },
    zero(n, x) {
      F.fill(0, x, x + n);
    },
    add_product(n, x, keep, y) {
      for (let i = 0; i < n; i++) F[y + i] += F[x + i] * F[keep + i];
    },
    im2col(n, h, w, c, k, pad, x, col) {
      patches(n, h, w, c, k, pad, (from, inside) => {
        for (let j = 0; j < c; j++) F[col + j] = inside ? F[x + from + j] : 0;
        col += c;
      });
    },
    col2im(n, h, w, c, k, pad, col, gx) {
      patches(n, h, w, c, k, pad, (to, inside) => {
        if (inside) for (let j = 0; j < c; j++) F[gx + to + j] += F[col + j];
        col += c;
      });
    },
    pool(n, h, w, c, s, x, y, at) {
      const oh = Math.floor(h / s), ow = Math.floor(w / s);
      for (let i = 0; i < n; i++) for (let a = 0; a < oh; a++) for (let b = 0; b < ow; b++, y += c, at += c) {
        for (let j = 0; j < c; j++) {
          let best = ((i * h + a * s) * w + b * s) * c + j;
          for (let dy = 0; dy < s; dy++) for (let dz = 0; dz < s; dz++) {
            const o = ((i * h + a * s + dy) * w + b * s + dz) * c + j;
            if (F[x + o] > F[x + best] || Number.isNaN(F[x + o])) best = o;
          }
          I[at + j] = best;
          F[y + j] = F[x + best];
        }
      }
    },
    pool_back(n, at, gy, gx) {
      for (let i = 0; i < n; i++) F[gx + I[at + i]] += F[gy + i];
    },
    adam(n, w, g, m, q, step, root, decay, shrink, beta, epsilon) {
      for (let i = 0; i < n; i++) {
        const old = F[w + i] - shrink * F[w + i], d = F[g + i] + decay * old;
        F[m + i] = beta * F[m + i] + (1 - beta) * d;
        F[q + i] = 0.999 * F[q + i] + 0.001 * d * d;
        F[w + i] = old - step * F[m + i] / (Math.sqrt(F[q + i]) / root + epsilon);
      }
    },
    sgd(n, w, g, rate, decay) {
      for (let i = 0; i < n; i++) F[w + i] -= rate * (F[g + i] + decay * F[w + i]);
    },
  };
}

// Every pixel of every k×k patch of images (n, h, w, c): visit(its place, whether it lies inside the image).
function patches(n, h, w, c, k, pad, visit) {
  const oh = h + 2 * pad - k + 1, ow = w + 2 * pad - k + 1;
  for (let i = 0; i < n; i++) for (let y = 0; y < oh; y++) for (let z = 0; z < ow; z++) {
    for (let dy = 0; dy < k; dy++) for (let dz = 0; dz < k; dz++) {
      const sy = y + dy - pad, sz = z + dz - pad;
      visit(((i * h + sy) * w + sz) * c, sy >= 0 && sy < h && sz >= 0 && sz < w);
    }
  }
}
