/** Numbers that look random and are the same for the same seed. */

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * A generator of 32 bits of state, enough for test points and not for secrets.
 *
 * Source: Marsaglia, Xorshift RNGs, 2003 (shifts 13, 17, 5); Box & Muller, 1958.
 */
export function seededRandom(seed: number): Random {
  // spread nearby seeds apart, and keep the state from 0
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Puts a list into an order of which all are alike. Source: Fisher & Yates, in the form of Durstenfeld, 1964. */
export function shuffle(list: Uint32Array | number[], { uniform }: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    const kept = list[i]!;
    list[i] = list[j]!;
    list[j] = kept;
  }
}
