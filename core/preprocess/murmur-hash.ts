// MurmurHash3 (Appleby, x86 32 bits, seed 0) of UTF-8, signed: scikit-learn's hash of features, so that places are its.

const encoder = new TextEncoder();

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
const mix = (word: number): number => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);

/** The finaliser of MurmurHash3: each bit of the answer depends on each of the word. */
export const scramble = (word: number): number => {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** The hash as a signed 32-bit integer. @example murmurHash("foo") // -156908512 */
export const murmurHash = (text: string): number => {
  const bytes = encoder.encode(text);
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = (Math.imul(rotate(hash ^ mix(word), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (bytes.length > whole) hash ^= mix(tail);
  return scramble(hash ^ bytes.length);
};
