// Seeded random numbers on the host from the counter-based generator of the kernels (Threefry-2x32): every draw depends on
// seed, purpose and position alone, so a shuffle can be made again at any time, in Node and in the page alike.
import { ArgumentError, threefry } from "@millrace/kernels";

/** A stream of 32-bit words. */
export interface RandomStream {
  /** A whole number from 0 to bound - 1, without bias. */
  below(bound: number): number;
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number;
}

/** Checks a seed: a whole number from 0 to 2^53 - 1. @throws ArgumentError */
export const checkSeed = (seed: number): number => {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ArgumentError(`a seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, but got ${seed}`);
  return seed;
};

/**
 * The stream of a seed for one purpose; streams of other purposes are independent.
 * @example
 * const order = shuffle(Uint32Array.from({ length: 344 }, (_, row) => row), randomStream(7, 0));
 */
export const randomStream = (seed: number, purpose: number): RandomStream => {
  checkSeed(seed);
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32);
  let counter = 0;
  let spare = -1;
  const word = (): number => {
    if (spare >= 0) {
      const kept = spare;
      spare = -1;
      return kept;
    }
    const [first, second] = threefry(low, high, counter++, purpose);
    spare = second;
    return first;
  };
  return {
    // Words at or past the last whole multiple of the bound are drawn again; they would favour small numbers.
    below: (bound) => {
      const limit = 2 ** 32 - (2 ** 32 % bound);
      for (;;) {
        const drawn = word();
        if (drawn < limit) return drawn % bound;
      }
    },
    uniform: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) * 2 ** -53,
  };
};

/** Puts an array in random order, in place (Fisher and Yates). */
export const shuffle = (order: Uint32Array, stream: RandomStream): Uint32Array => {
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = stream.below(last + 1);
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
};
