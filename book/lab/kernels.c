// The loops that take the time, for WebAssembly with 128-bit SIMD. No library, no allocation: JavaScript passes
// addresses. kernels.js has the same loops without WebAssembly. Compiled by `make kernels`.
#include <wasm_simd128.h>
#define EXPORT __attribute__((visibility("default")))

typedef v128_t four;  // four floats
#define ALL(x) wasm_f32x4_splat(x)
#define LOAD(p) wasm_v128_load(p)
#define STORE(p, x) wasm_v128_store(p, x)
#ifdef __wasm_relaxed_simd__  // kernels-fused.wasm: one instruction, where the browser and the processor have it
#define PLUS_PRODUCT(a, b, c) wasm_f32x4_relaxed_madd(a, b, c)
#else
#define PLUS_PRODUCT(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)
#endif

// One tile of R rows and 8 columns: C = (add ? C : 0) + A B.
#define TILE8(R)                                                                                                     \
  static inline void tile8_##R(int K, const float *A, int ar, int ak, const float *B, int ldb, float *C, int ldc,    \
                               int add) {                                                                            \
    four c[R][2];                                                                                                    \
    for (int r = 0; r < R; r++)                                                                                      \
      for (int j = 0; j < 2; j++) c[r][j] = add ? LOAD(C + r * ldc + 4 * j) : ALL(0);                                \
    for (int k = 0; k < K; k++, A += ak, B += ldb) {                                                                 \
      four b0 = LOAD(B), b1 = LOAD(B + 4);                                                                           \
      for (int r = 0; r < R; r++) {                                                                                  \
        four a = wasm_v128_load32_splat(A + r * ar);                                                                 \
        c[r][0] = PLUS_PRODUCT(a, b0, c[r][0]);                                                                      \
        c[r][1] = PLUS_PRODUCT(a, b1, c[r][1]);                                                                      \
      }                                                                                                              \
    }                                                                                                                \
    for (int r = 0; r < R; r++)                                                                                      \
      for (int j = 0; j < 2; j++) STORE(C + r * ldc + 4 * j, c[r][j]);                                               \
  }
TILE8(4)
TILE8(1)

// The last, fewer than 8, columns of R rows.
#define TAIL(R)                                                                                                      \
  static inline void tail_##R(int N, int K, const float *A, int ar, int ak, const float *B, int ldb, float *C,       \
                              int ldc, int add) {                                                                    \
    int n = 0;                                                                                                       \
    for (; n + 4 <= N; n += 4) {                                                                                     \
      four c[R];                                                                                                     \
      for (int r = 0; r < R; r++) c[r] = add ? LOAD(C + r * ldc + n) : ALL(0);                                       \
      for (int k = 0; k < K; k++) {                                                                                  \
        four b = LOAD(B + k * ldb + n);                                                                              \
        for (int r = 0; r < R; r++) c[r] = PLUS_PRODUCT(wasm_v128_load32_splat(A + r * ar + k * ak), b, c[r]);       \
      }                                                                                                              \
      for (int r = 0; r < R; r++) STORE(C + r * ldc + n, c[r]);                                                      \
    }                                                                                                                \
    for (; n < N; n++)                                                                                               \
      for (int r = 0; r < R; r++) {                                                                                  \
        float sum = add ? C[r * ldc + n] : 0;                                                                        \
        for (int k = 0; k < K; k++) sum += A[r * ar + k * ak] * B[k * ldb + n];                                      \
        C[r * ldc + n] = sum;                                                                                        \
      }                                                                                                              \
  }
TAIL(4)
TAIL(1)

// C (M×N, rows of length ldc) = (add ? C : 0) + A (M×K, at m·ar + k·ak) · B (K×N, rows of length ldb)
EXPORT void gemm(int M, int N, int K, const float *A, int ar, int ak, const float *B, int ldb, float *C, int ldc,
                 int add) {
  int full = N & ~7;
  for (int k0 = 0; k0 < K; k0 += 256) {  // a block of B that stays in the cache
    int kb = K - k0 < 256 ? K - k0 : 256, more = add || k0, m;
    const float *Ak = A + k0 * ak, *Bk = B + k0 * ldb;
    for (int n = 0; n < full; n += 8) {
      for (m = 0; m + 4 <= M; m += 4) tile8_4(kb, Ak + m * ar, ar, ak, Bk + n, ldb, C + m * ldc + n, ldc, more);
      for (; m < M; m++) tile8_1(kb, Ak + m * ar, ar, ak, Bk + n, ldb, C + m * ldc + n, ldc, more);
    }
    if (full == N) continue;
    for (m = 0; m + 4 <= M; m += 4)
      tail_4(N - full, kb, Ak + m * ar, ar, ak, Bk + full, ldb, C + m * ldc + full, ldc, more);
    for (; m < M; m++) tail_1(N - full, kb, Ak + m * ar, ar, ak, Bk + full, ldb, C + m * ldc + full, ldc, more);
  }
}

// T (C×R) = the transpose of A (R×C)
EXPORT void transpose(int R, int C, const float *A, float *T) {
  for (int c = 0; c < C; c++)
    for (int r = 0; r < R; r++) T[c * R + r] = A[r * C + c];
}

// Every row of Y (R×C) = b (C)
EXPORT void rows_set(int R, int C, const float *b, float *Y) {
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) Y[r * C + c] = b[c];
}

// b (C) += the sum of the rows of Y (R×C)
EXPORT void rows_sum(int R, int C, const float *Y, float *b) {
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) b[c] += Y[r * C + c];
}

EXPORT void relu(int n, const float *x, float *y) {
  for (int i = 0; i < n; i++) y[i] = x[i] < 0 ? 0 : x[i];  // so that what is no number stays so
}

EXPORT void relu_back(int n, const float *y, const float *gy, float *gx) {
  for (int i = 0; i < n; i++) {
    float slope = gy[i];  // read in any case, so that four can be read at a time
    gx[i] += y[i] > 0 ? slope : 0;
  }
}

EXPORT void add(int n, const float *x, float *y) {
  for (int i = 0; i < n; i++) y[i] += x[i];
}

EXPORT void zero(int n, float *x) {
  for (int i = 0; i < n; i++) x[i] = 0;
}

// y += x · keep, with a factor for each value: dropout, forwards and backwards
EXPORT void add_product(int n, const float *x, const float *keep, float *y) {
  for (int i = 0; i < n; i++) y[i] += x[i] * keep[i];
}

// Between images (n, h, w, c) and columns (n · oh · ow, k · k · c), one way or ``back``, where patches that overlap add
// up. A pixel outside the image is 0. A row of a patch lies in one piece, in the image as in the columns.
static inline void patches(int n, int h, int w, int c, int k, int pad, float *x, float *col, int back) {
  int oh = h + 2 * pad - k + 1, ow = w + 2 * pad - k + 1;
  for (int i = 0; i < n; i++)
    for (int y = 0; y < oh; y++)
      for (int z = 0; z < ow; z++)
        for (int sy = y - pad; sy < y - pad + k; sy++, col += k * c) {
          int left = z < pad ? pad - z : 0, right = z + k > w + pad ? w + pad - z : k;  // of this row, what is inside
          if (sy < 0 || sy >= h) left = right = k;
          float *row = x + ((i * h + sy) * w + z - pad) * c;
          if (back)
            for (int j = left * c; j < right * c; j++) row[j] += col[j];
          else {
            for (int j = 0; j < left * c; j++) col[j] = 0;
            for (int j = left * c; j < right * c; j++) col[j] = row[j];
            for (int j = right * c; j < k * c; j++) col[j] = 0;
          }
        }
}

EXPORT void im2col(int n, int h, int w, int c, int k, int pad, float *x, float *col) {
  patches(n, h, w, c, k, pad, x, col, 0);
}

EXPORT void col2im(int n, int h, int w, int c, int k, int pad, float *col, float *gx) {
  patches(n, h, w, c, k, pad, gx, col, 1);
}

// images (n, h, w, c) → their largest value in each square of s×s, and where it stood. Four channels at a
// time, as far as they go.
static inline void largest(int w, int c, int s, int first, const float *x, float *y, int *at) {
  int j = 0;
  for (; j + 4 <= c; j += 4) {
    four best = LOAD(x + first + j), place = wasm_i32x4_add(wasm_i32x4_splat(first + j), wasm_i32x4_make(0, 1, 2, 3));
    four start = place;
    for (int dy = 0; dy < s; dy++)
      for (int dz = 0; dz < s; dz++) {
        int step = (dy * w + dz) * c;
        four v = LOAD(x + first + j + step);
        four take = wasm_v128_or(wasm_f32x4_gt(v, best), wasm_f32x4_ne(v, v));
        best = wasm_v128_bitselect(v, best, take);
        place = wasm_v128_bitselect(wasm_i32x4_add(start, wasm_i32x4_splat(step)), place, take);
      }
    STORE(y + j, best);
    STORE(at + j, place);
  }
  for (; j < c; j++) {
    int best = first + j;
    for (int dy = 0; dy < s; dy++)
      for (int dz = 0; dz < s; dz++) {
        int o = first + j + (dy * w + dz) * c;
        if (x[o] > x[best] || x[o] != x[o]) best = o;
      }
    at[j] = best;
    y[j] = x[best];
  }
}

EXPORT void pool(int n, int h, int w, int c, int s, const float *x, float *y, int *at) {
  int oh = h / s, ow = w / s;
  for (int i = 0; i < n; i++)
    for (int a = 0; a < oh; a++)
      for (int b = 0; b < ow; b++, y += c, at += c) largest(w, c, s, ((i * h + a * s) * w + b * s) * c, x, y, at);
}

EXPORT void pool_back(int n, const int *at, const float *gy, float *gx) {
  for (int i = 0; i < n; i++) gx[at[i]] += gy[i];
}

// torch's Adam: w −= step · m / (√q / root + epsilon). ``decay`` is added to the gradient; ``shrink`` (AdamW's) first
// takes its share of the weight.
EXPORT void adam(int n, float *w, const float *g, float *m, float *q, float step, float root, float decay,
                 float shrink, float beta, float epsilon) {
  for (int i = 0; i < n; i++) {
    float old = w[i] - shrink * w[i], d = g[i] + decay * old;
    m[i] = beta * m[i] + (1 - beta) * d;
    q[i] = 0.999f * q[i] + 0.001f * d * d;
    w[i] = old - step * m[i] / (__builtin_sqrtf(q[i]) / root + epsilon);
  }
}

EXPORT void sgd(int n, float *w, const float *g, float rate, float decay) {
  for (int i = 0; i < n; i++) w[i] -= rate * (g[i] + decay * w[i]);
}
