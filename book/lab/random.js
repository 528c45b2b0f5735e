// torch's random numbers on the CPU (a Mersenne Twister), so that round k here is round k there:
// the same pairs, the same first weights, the same order of batches.

const LENGTH = 624;
const STREAMS = ["data", "weights", "training"];

export class Generator {
  constructor(seed) {
    this.state = new Uint32Array(LENGTH);
    this.state[0] = seed >>> 0;
    for (let i = 1; i < LENGTH; i++) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
    this.at = LENGTH;
  }

  // 32 random bits.
  random() {
    if (this.at === LENGTH) this.refill();
    let y = this.state[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  refill() {
    const s = this.state;
    for (let i = 0; i < LENGTH; i++) {
      const y = (s[i] & 0x80000000) | (s[(i + 1) % LENGTH] & 0x7fffffff);
      s[i] = s[(i + 397) % LENGTH] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }

  // torch.randperm: (n,) integers.
  randperm(n) {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const other = i + (this.random() % (n - i));
      [order[i], order[other]] = [order[other], order[i]];
    }
    return order;
  }

  // [0, 1), with 24 bits, as torch draws a float32.
  unit() {
    return (this.random() & 0xffffff) / 0x1000000;
  }

  // torch's uniform_: rounded to float32 after each operation, as there.
  uniform(low, high) {
    return Math.fround(Math.fround(this.unit() * Math.fround(high - low)) + low);
  }
}

// The random numbers of a round for one purpose, as lib.data.generator has them.
export function generator(number, stream) {
  return new Generator(10 * number + STREAMS.indexOf(stream));
}
