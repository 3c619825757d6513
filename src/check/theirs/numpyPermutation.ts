/** The order that NumPy's `RandomState(seed).permutation(m)` gives, and so the splits of scikit-learn and samples of pandas. */

const STATE = 624;
const SHIFT = 397;

/** The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), 32 bits at a time. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(STATE);
  state[0] = seed;
  for (let i = 1; i < STATE; i++) {
    const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(before, 1812433253) + i;
  }
  let at = STATE;
  const twist = () => {
    for (let i = 0; i < STATE; i++) {
      const bits = (state[i]! & 0x80000000) | (state[(i + 1) % STATE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE]! ^ (bits >>> 1) ^ ((bits & 1) * 0x9908b0df);
    }
    at = 0;
  };
  return () => {
    if (at === STATE) twist();
    let bits = state[at++]!;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  };
}

/** @param seed a whole number below 2^32 */
export function numpyPermutation(m: number, seed: number): Int32Array {
  const next = mersenneTwister(seed);
  const order = Int32Array.from({ length: m }, (_, i) => i);
  for (let i = m - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j: number;
    do j = (next() & mask) >>> 0;
    while (j > i);
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}
