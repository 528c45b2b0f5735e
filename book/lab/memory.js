// Tensors on one block of memory, and the steps back from what was made of them: what autograd is to torch.
// A tensor is {p, g, n, shape, count}: the places of its values and of their gradient (0 where none is wanted), its
// rows, and the shape of a row: [units] or [height, width, channels].
import { compiledKernels, plainKernels } from "./kernels.js";

const STACK = 16384; // floats that the compiled code has for its stack
export const size = (shape) => shape.reduce((a, b) => a * b, 1);

export class Memory {
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
