// The little of the WebAssembly binary format that the map emitter writes: numbers, sections, instructions, locals.

/** Unsigned LEB128. */
export const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

/** Signed LEB128 of a 32-bit integer. */
export const signed = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
};

const text = (value: string): number[] => [...unsigned(value.length), ...new TextEncoder().encode(value)];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

/** Value types and plain instructions by their names in the specification. */
export const wasm = {
  i32: 0x7f,
  v128: 0x7b,
  empty: 0x40,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  add: 0x6a,
  subtract: 0x6b,
  multiply: 0x6c,
  divideUnsigned: 0x6e,
  remainderUnsigned: 0x70,
  and: 0x71,
  shiftLeft: 0x74,
  shiftRight: 0x76,
  lessUnsigned: 0x49,
  equal: 0x46,
  select: 0x1b,
} as const;

/** Vector instructions by their numbers after the prefix 0xfd. */
export const simd = {
  load: 0,
  load16x4Unsigned: 4,
  load32Splat: 9,
  store: 11,
  i32Splat: 17,
  i32Equal: 55,
  i32NotEqual: 56,
  i32LessSigned: 57,
  i32LessUnsigned: 58,
  i32GreaterSigned: 59,
  i32GreaterUnsigned: 60,
  i32LessEqualSigned: 61,
  i32LessEqualUnsigned: 62,
  i32GreaterEqualSigned: 63,
  i32GreaterEqualUnsigned: 64,
  f32Equal: 65,
  f32NotEqual: 66,
  f32Less: 67,
  f32Greater: 68,
  f32LessEqual: 69,
  f32GreaterEqual: 70,
  not: 77,
  and: 78,
  andNot: 79,
  or: 80,
  xor: 81,
  bitselect: 82,
  store8Lane: 88,
  store16Lane: 89,
  store32Lane: 90,
  store64Lane: 91,
  load32Zero: 92,
  i8Narrow: 102,
  f32Ceil: 103,
  f32Floor: 104,
  f32Truncate: 105,
  f32Nearest: 106,
  i16Narrow: 134,
  i16ExtendLow: 137,
  i32ExtendLow: 169,
  i32Absolute: 160,
  i32Negate: 161,
  i32Add: 174,
  i32Subtract: 177,
  i32Multiply: 181,
  i32MinimumSigned: 182,
  i32MinimumUnsigned: 183,
  i32MaximumSigned: 184,
  i32MaximumUnsigned: 185,
  f32Absolute: 224,
  f32Negate: 225,
  f32SquareRoot: 227,
  f32Add: 228,
  f32Subtract: 229,
  f32Multiply: 230,
  f32Divide: 231,
  f32PseudoMinimum: 234,
  f32PseudoMaximum: 235,
  truncateSigned: 248,
  truncateUnsigned: 249,
  convertSigned: 250,
  convertUnsigned: 251,
} as const;

export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number): number[] => [0x21, ...unsigned(local)];
export const tee = (local: number): number[] => [0x22, ...unsigned(local)];
export const i32 = (value: number): number[] => [0x41, ...signed(value)];
/** i32.load of the word `offset` bytes behind the address on the stack. */
export const loadWord = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
export const vectorOp = (number: number): number[] => [0xfd, ...unsigned(number)];
/** i32.load8_u and i32.load16_u of the element at the address on the stack. */
export const loadByte: readonly number[] = [0x2d, 0, 0];
export const loadShort: readonly number[] = [0x2f, 1, 0];
/** A vector load or store `offset` bytes behind the address on the stack; alignment is a hint, 2^2 bytes if not given. */
export const vectorMemory = (number: number, offset: number, alignment = 2): number[] => [
  ...vectorOp(number),
  alignment,
  ...unsigned(offset),
];
/** A store of one lane, aligned to its own size or to 4 bytes. */
export const vectorLane = (number: number, offset: number, lane: number): number[] => [
  ...vectorMemory(number, offset, Math.min(2, number - simd.store8Lane)),
  lane,
];

/** The locals of a function under construction, behind its parameters. */
export interface Locals {
  /** Index of a new local of a value type. */
  readonly add: (type: number) => number;
  /** The declarations. */
  readonly encode: () => number[];
}

export const createLocals = (parameters: number): Locals => {
  const types: number[] = [];
  return {
    add: (type) => parameters + types.push(type) - 1,
    encode: () => {
      const groups: [number, number][] = [];
      for (const type of types) {
        const last = groups[groups.length - 1];
        if (last && last[1] === type) last[0]++;
        else groups.push([1, type]);
      }
      return vector(groups.map(([count, type]) => [...unsigned(count), type]));
    },
  };
};

/** A module with one function (i32, i32, i32) -> (), exported as "kernel", on an imported memory of the given limits. */
export const encodeKernelModule = (
  memoryLimits: readonly number[],
  locals: Locals,
  body: readonly number[],
): Uint8Array<ArrayBuffer> => {
  const code = [...locals.encode(), ...body, wasm.end];
  return Uint8Array.from([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, vector([[0x60, 3, wasm.i32, wasm.i32, wasm.i32, 0]])),
    ...section(2, vector([[...text("env"), ...text("memory"), 0x02, ...memoryLimits]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text("kernel"), 0x00, 0]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
};
