// lib/data.py in the page: the 5000 digits of the sample, and the draw of a round.
import { Generator, generator } from "./random.js";

export const PIXELS = 14 * 14;
const CLASSES = 10;

// {sums: Uint16Array (N, 196), labels: Uint8Array (N,)}: a sum of four grey values for each pixel of 14×14, so that
// the mean of the four is exact.
export function unpacked(bytes, count) {
  if (bytes.length !== count * (2 * PIXELS + 1)) {
    throw new Error(`The file of digits is damaged: ${bytes.length} bytes. Load the page again.`);
  }
  // low bytes first, then high bytes: that compresses better than pairs of them
  const sums = new Uint16Array(count * PIXELS);
  for (let i = 0; i < sums.length; i++) sums[i] = bytes[i] | (bytes[sums.length + i] << 8);
  return { sums, labels: bytes.slice(2 * sums.length) };
}

// (N,) 1 where a digit is for the test: half of every class, at random, but always the same half.
export function halfOfEachClass(labels) {
  const random = new Generator(0);
  const test = new Uint8Array(labels.length);
  for (let digit = 0; digit < CLASSES; digit++) {
    const members = [...labels.keys()].filter((i) => labels[i] === digit);
    const order = random.randperm(members.length);
    for (let i = 0; i < Math.floor(members.length / 2); i++) test[members[order[i]]] = 1;
  }
  return test;
}

// The round of this number: {number, train, test, mean, deviation}. Each set of pairs has images, a Float32Array
// (n, 2, 196), labels (n, 2) and target (n,).
export function draw(digits, number, train = 1000, test = 1000) {
  const random = generator(number, "data");
  const half = (digits.half ??= halfOfEachClass(digits.labels));
  const drawn = { train: pairs(digits, half, 0, train, random), test: pairs(digits, half, 1, test, random) };
  const { mean, deviation } = spread(drawn.train.images);
  for (const { images } of [drawn.train, drawn.test]) {
    for (let i = 0; i < images.length; i++) images[i] = (images[i] - mean) / deviation;
  }
  return { number, mean, deviation, ...drawn };
}

function pairs(digits, half, side, n, random) {
  const members = [...half.keys()].filter((i) => half[i] === side);
  if (n < 1 || 2 * n > members.length) {
    const most = Math.floor(members.length / 2);
    throw new Error(`Cannot draw ${n} pairs: there are digits for 1 to ${most} of them.`);
  }
  const { sums } = digits;
  const order = random.randperm(members.length);
  const images = new Float32Array(2 * n * PIXELS);
  const labels = new Uint8Array(2 * n);
  for (let i = 0; i < 2 * n; i++) {
    const at = members[order[i]];
    labels[i] = digits.labels[at];
    for (let j = 0; j < PIXELS; j++) images[i * PIXELS + j] = sums[at * PIXELS + j] / 4;
  }
  const target = Uint8Array.from({ length: n }, (_, i) => (labels[2 * i] <= labels[2 * i + 1] ? 1 : 0));
  return { n, images, labels, target };
}

// Mean and standard deviation (with n − 1) of all values.
function spread(values) {
  const n = values.length;
  let sum = 0, square = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  for (let i = 0; i < n; i++) square += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(square / (n - 1)) };
}

// The pairs whose places stand in ``order``; in ``part``, if it is given, which saves new memory for each batch. Its arrays
// may be longer than its ``n``.
export function chosen(pairs, order, part = noPairs(order.length)) {
  part.n = order.length;
  for (let to = 0; to < part.n; to++) {
    const from = order[to];
    part.images.set(pairs.images.subarray(2 * from * PIXELS, 2 * (from + 1) * PIXELS), 2 * to * PIXELS);
    for (const i of [0, 1]) part.labels[2 * to + i] = pairs.labels[2 * from + i];
    part.target[to] = pairs.target[from];
  }
  return part;
}

// Room for n pairs, all zero.
export function noPairs(n) {
  return { n, images: new Float32Array(2 * n * PIXELS), labels: new Uint8Array(2 * n), target: new Uint8Array(n) };
}

// Numbers in half precision, low byte first → Float32Array.
export function halves(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const half = view.getUint16(2 * i, true);
    const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, (half & 1023) / 1024];
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
  });
}
