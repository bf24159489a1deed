// SHA-256 (FIPS 180-4), synchronous and without a platform: WebCrypto's digest is asynchronous, and a split's hash is part
// of a value that is made in one go, in Node and in the page alike.

/** The first 32 bits of the fractional part of `root(n)`, exactly: an integer root by Newton's method on big integers. */
const fraction32 = (n: number, power: 2 | 3): number => {
  const target = BigInt(n) << BigInt(32 * power);
  let low = 0n;
  let high = 1n << 40n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(power) <= target) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffffffffn);
};

const primes: number[] = [];
for (let candidate = 2; primes.length < 64; candidate++)
  if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
const roundConstants = Uint32Array.from(primes, (prime) => fraction32(prime, 3));
const initialState = Uint32Array.from(primes.slice(0, 8), (prime) => fraction32(prime, 2));

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

const compress = (state: Uint32Array, block: DataView, offset: number, schedule: Uint32Array): void => {
  for (let t = 0; t < 16; t++) schedule[t] = block.getUint32(offset + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = schedule[t - 15] ?? 0;
    const y = schedule[t - 2] ?? 0;
    const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    schedule[t] = (schedule[t - 16] ?? 0) + small0 + (schedule[t - 7] ?? 0) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + (roundConstants[t] ?? 0) + (schedule[t] ?? 0)) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = (state[i] ?? 0) + word;
  });
};

/**
 * SHA-256 of bytes, or of a text's UTF-8, in hexadecimal.
 * @example
 * sha256("abc"); // "ba7816bf 8f01cfea ..." without the spaces
 */
export const sha256 = (content: Uint8Array | string): string => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const whole = bytes.length - (bytes.length % 64);
  const tail = new Uint8Array(bytes.length % 64 < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[bytes.length % 64] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  tailView.setUint32(tail.length - 4, bytes.length << 3);
  const state = initialState.slice();
  const schedule = new Uint32Array(64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset < whole; offset += 64) compress(state, view, offset, schedule);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, tailView, offset, schedule);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
};

/** JSON with object keys in code-unit order, so that equal values are equal text. Takes plain JSON values alone. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
};
