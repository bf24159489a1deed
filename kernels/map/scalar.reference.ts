// What each element-wise function does to numbers, in float64. Booleans are 0 and 1; for i32 and u32 the caller wraps the
// result to 32 bits.
import { ArgumentError } from "../contract/error.ts";
import { roundToHalf } from "../contract/half.ts";

/** Meaning on numbers. */
export type ScalarMeaning = (x: number, y: number, z: number) => number;

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Largest of two, NaN if either is NaN (as IEEE 754-2019 maximum). */
const maximum = (x: number, y: number): number => Math.max(x, y);
const minimum = (x: number, y: number): number => Math.min(x, y);

/** To the nearest whole number, halves to the even one (IEEE 754 roundTiesToEven). */
const roundHalfToEven = (x: number): number => {
  const below = Math.floor(x);
  const part = x - below;
  if (part === 0.5) return below % 2 === 0 ? below : below + 1;
  return part > 0.5 ? below + 1 : below;
};

/** x - y floor(x / y) without rounding: Python's %, with the sign of y. NaN (0 for integers) where y is 0. */
const remainder = (x: number, y: number): number => {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
};

/** erf by Kummer's series, whose terms are all of one sign: 2 / sqrt pi e^(-x^2) sum of 2^n x^(2n + 1) / (2n + 1)!!. */
const errorFunction = (x: number): number => {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

/** Float to integer: toward zero, saturating, NaN to 0 (WASM's trunc_sat). Integers saturate too: toU32(-5) is 0. */
const saturate = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)));

const meanings: Readonly<Record<string, ScalarMeaning>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  power: (x, y) => x ** y,
  maximum: maximum,
  minimum: minimum,
  negate: (x) => -x,
  absolute: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf: errorFunction,
  expm1: Math.expm1,
  log1p: Math.log1p,
  atan: Math.atan,
  atan2: Math.atan2,
  round: roundHalfToEven,
  truncate: Math.trunc,
  remainder: remainder,
  bitAnd: (x, y) => x & y,
  bitOr: (x, y) => x | y,
  bitXor: (x, y) => x ^ y,
  bitNot: (x) => ~x,
  shiftLeft: (x, y) => x << y,
  shiftRight: (x, y) => Math.floor(x / 2 ** (y & 31)),
  relu: (x) => Math.max(x, 0),
  equal: (x, y) => truth(x === y),
  notEqual: (x, y) => truth(x !== y),
  less: (x, y) => truth(x < y),
  lessEqual: (x, y) => truth(x <= y),
  greater: (x, y) => truth(x > y),
  greaterEqual: (x, y) => truth(x >= y),
  and: (x, y) => truth(x !== 0 && y !== 0),
  or: (x, y) => truth(x !== 0 || y !== 0),
  xor: (x, y) => truth((x !== 0) !== (y !== 0)),
  not: (x) => truth(x === 0),
  isNaN: (x) => truth(Number.isNaN(x)),
  isFinite: (x) => truth(Number.isFinite(x)),
  select: (condition, x, y) => (condition !== 0 ? x : y),
  toF32: (x) => x,
  toF16: roundToHalf,
  toI32: (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1),
  toU32: (x) => saturate(x, 0, 2 ** 32 - 1),
  toU8: (x) => saturate(x, 0, 255),
  toBool: (x) => truth(x !== 0),
};

/** The meaning of the function of that name. @throws ArgumentError when there is none */
export const scalarReference = (name: string): ScalarMeaning => {
  const meaning = meanings[name];
  if (!meaning) throw new ArgumentError(`the element-wise function "${name}" has no reference`);
  return meaning;
};
