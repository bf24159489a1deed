// WGSL of the element-wise functions, one line each, and the functions that WGSL lacks or leaves too loose. The text is
// the same for one element and for four: F, I, U and B stand for f32, i32, u32 and bool or for their vectors of four.
// Why not WGSL's own: its exp may be off by 3 + 2|x| ULP, log by 2^-21 near 1, sin and cos by 2^-11, tanh overflows on some
// drivers, max and min lose NaN, and drivers may assume that NaN does not occur, so it is found by its bits.
import { DTypeError } from "../contract/error.ts";
import { type DType, wideDType } from "../contract/tensor-type.ts";
import { constantValue, type Instruction } from "./program.ts";

type Text = (dtype: DType, x: string, y: string, z: string) => string;

const float = (dtype: DType): boolean => dtype === "f32";
/** Order of booleans is that of 0 and 1. */
const ordered = (operator: string): Text => {
  return (dtype, x, y) => (dtype === "bool" ? `U(${x}) ${operator} U(${y})` : `${x} ${operator} ${y}`);
};

/** Expressions over the dtype of the first argument (for `select`, of the second). */
const texts: Readonly<Record<string, Text>> = {
  add: (_, x, y) => `${x} + ${y}`,
  subtract: (_, x, y) => `${x} - ${y}`,
  multiply: (_, x, y) => `${x} * ${y}`,
  divide: (_, x, y) => `${x} / ${y}`,
  power: (_, x, y) => `power(${x}, ${y})`,
  maximum: (dtype, x, y) => (float(dtype) ? `maximum(${x}, ${y})` : `max(${x}, ${y})`),
  minimum: (dtype, x, y) => (float(dtype) ? `minimum(${x}, ${y})` : `min(${x}, ${y})`),
  negate: (dtype, x) => (dtype === "u32" ? `U(0u) - ${x}` : `-${x}`),
  absolute: (_, x) => `abs(${x})`,
  sign: (_, x) => `select(sign(${x}), ${x}, isNaN(${x}))`,
  floor: (_, x) => `floor(${x})`,
  ceil: (_, x) => `ceil(${x})`,
  sqrt: (_, x) => `sqrt(${x})`,
  exp: (_, x) => `exponential(${x})`,
  log: (_, x) => `logarithm(${x})`,
  sin: (_, x) => `sine(${x}, 0)`,
  cos: (_, x) => `sine(${x}, 1)`,
  tanh: (_, x) => `hyperbolicTangent(${x})`,
  sigmoid: (_, x) => `sigmoid(${x})`,
  erf: (_, x) => `errorFunction(${x})`,
  expm1: (_, x) => `exponentialLessOne(${x})`,
  log1p: (_, x) => `logarithmOfOneMore(${x})`,
  atan: (_, x) => `arcTangent(${x})`,
  atan2: (_, y, x) => `angleOf(${y}, ${x})`,
  round: (_, x) => `round(${x})`,
  truncate: (_, x) => `trunc(${x})`,
  remainder: (dtype, x, y) =>
    float(dtype) ? `floatRemainder(${x}, ${y})` : dtype === "i32" ? `signedRemainder(${x}, ${y})` : `${x} % ${y}`,
  bitAnd: (_, x, y) => `${x} & ${y}`,
  bitOr: (_, x, y) => `${x} | ${y}`,
  bitXor: (_, x, y) => `${x} ^ ${y}`,
  bitNot: (_, x) => `~${x}`,
  shiftLeft: (_, x, y) => `${x} << (U(${y}) & U(31u))`,
  shiftRight: (_, x, y) => `${x} >> (U(${y}) & U(31u))`,
  relu: (_, x) => `relu(${x})`,
  equal: (_, x, y) => `${x} == ${y}`,
  // Tint's != is false for NaN.
  notEqual: (dtype, x, y) => (float(dtype) ? `(${x} != ${y}) | isNaN(${x}) | isNaN(${y})` : `${x} != ${y}`),
  less: ordered("<"),
  lessEqual: ordered("<="),
  greater: ordered(">"),
  greaterEqual: ordered(">="),
  and: (_, x, y) => `${x} & ${y}`,
  or: (_, x, y) => `${x} | ${y}`,
  xor: (_, x, y) => `${x} != ${y}`,
  not: (_, x) => `!${x}`,
  isFinite: (_, x) => `isFinite(${x})`,
  isNaN: (_, x) => `isNaN(${x})`,
  select: (_, condition, x, y) => `select(${y}, ${x}, ${condition})`,
  toF32: (_, x) => `F(${x})`,
  toF16: (_, x) => `roundHalf(F(${x}))`,
  toI32: (dtype, x) => (float(dtype) ? `signedOf(${x})` : dtype === "u32" ? `I(min(${x}, U(0x7fffffffu)))` : `I(${x})`),
  toU32: (dtype, x) => (float(dtype) ? `unsignedOf(${x})` : dtype === "i32" ? `U(max(${x}, I(0)))` : `U(${x})`),
  toU8: (dtype, x) =>
    float(dtype)
      ? `min(unsignedOf(${x}), U(255u))`
      : dtype === "i32"
        ? `U(clamp(${x}, I(0), I(255)))`
        : `min(U(${x}), U(255u))`,
  toBool: (dtype, x) => (float(dtype) ? `isTrue(${x})` : dtype === "bool" ? x : `B(${x})`),
};

/** WGSL functions by name. */
export type WGSLFunctions = Readonly<Record<string, string>>;

/** Those that a text calls are put before it. Seldom called ones are in rare.wgsl.ts. */
const functions: WGSLFunctions = {
  isNaN: `fn isNaN(x: F) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u); }`,
  isFinite: `fn isFinite(x: F) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) < U(0x7f800000u); }`,
  isTrue: `fn isTrue(x: F) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) != U(0u); }`,
  // Through a variable, since WGSL refuses constants that are not finite.
  fromBits: `fn fromBits(word: u32) -> f32 { var bits = word; return bitcast<f32>(bits); }`,
  maximum: `fn maximum(x: F, y: F) -> F { return select(select(max(x, y), y, isNaN(y)), x, isNaN(x)); }`,
  minimum: `fn minimum(x: F, y: F) -> F { return select(select(min(x, y), y, isNaN(y)), x, isNaN(x)); }`,
  relu: `fn relu(x: F) -> F { return select(max(x, F(0)), x, isNaN(x)); }`,
  sigmoid: `fn sigmoid(x: F) -> F { return F(1) / (F(1) + exponential(-x)); }`,
  exponential: `fn exponential(x: F) -> F { return select(exponentialTimesPower(x, F(0)), x, isNaN(x)); }`,
  // exp(x) 2^power. Cody and Waite's reduction by ln 2, then Cephes' polynomial; 2^n in two factors, so that n = 128 and
  // -149 are reached.
  exponentialTimesPower: `fn exponentialTimesPower(x: F, power: F) -> F {
  let bounded = clamp(x, F(-104), F(89));
  let n = round(bounded * 1.44269504);
  let r = (bounded - n * 0.693359375) + n * 2.12194440e-4;
  var p = F(1.9875691500e-4);
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  p = p * r * r + r + F(1);
  let whole = I(clamp(n + power, F(-200), F(200)));
  let half = whole >> U(1u);
  return p * bitcast<F>((half + 127) << U(23u)) * bitcast<F>((whole - half + 127) << U(23u));
}`,
  // x = (1 + f) 2^e with 1 + f in [sqrt(1/2), sqrt(2)). A subnormal is read as its integer times 2^-149, since devices may
  // flush it.
  splitFloat: `struct Split { e: F, f: F }
fn splitFloat(bits: U) -> Split {
  let small = bits < U(0x00800000u);
  let scaled = select(bits, bitcast<U>(F(bits)), small) - U(0x3f3504f3u);
  let e = F(bitcast<I>(scaled) >> U(23u)) - select(F(0), F(149), small);
  return Split(e, bitcast<F>((scaled & U(0x007fffffu)) + U(0x3f3504f3u)) - F(1));
}`,
  // ln(1 + f) - f by Cephes' polynomial.
  logarithmTail: `fn logarithmTail(f: F) -> F {
  let square = f * f;
  var p = F(7.0376836292e-2);
  p = p * f - 1.1514610310e-1;
  p = p * f + 1.1676998740e-1;
  p = p * f - 1.2420140846e-1;
  p = p * f + 1.4249322787e-1;
  p = p * f - 1.6668057665e-1;
  p = p * f + 2.0000714765e-1;
  p = p * f - 2.4999993993e-1;
  p = p * f + 3.3333331174e-1;
  return p * f * square - square * 0.5;
}`,
  logarithm: `fn logarithm(x: F) -> F {
  let bits = bitcast<U>(x);
  let split = splitFloat(bits);
  let finite = (split.f + (logarithmTail(split.f) - split.e * 2.12194440e-4)) + split.e * 0.693359375;
  let special = select(F(fromBits(0xff800000u)), F(fromBits(0x7fc00000u)), (bits & U(0x7fffffffu)) != U(0u));
  let outside = (bits >= U(0x7f800000u)) | (bits == U(0u));
  return select(finite, select(special, x, (bits == U(0x7f800000u)) | isNaN(x)), outside);
}`,
  // Cephes: an odd polynomial below 0.625, where the exponentials would cancel.
  hyperbolicTangent: `fn hyperbolicTangent(x: F) -> F {
  let z = x * x;
  var p = F(-5.70498872745e-3);
  p = p * z + 2.06390887954e-2;
  p = p * z - 5.37397155531e-2;
  p = p * z + 1.33314422036e-1;
  p = p * z - 3.33332819422e-1;
  let magnitude = F(1) - F(2) / (exponential(abs(x) * 2.0) + F(1));
  return select(select(magnitude, -magnitude, x < F(0)), p * z * x + x, abs(x) < F(0.625));
}`,
  // As ECMAScript's **: anything to the power 0 is 1, 1 to the power of an infinity is NaN. |x|^y is (1 + f)^y 2^(e y);
  // e y is split where its product is exact, so that only y ln(1 + f) is rounded.
  power: `fn power(x: F, y: F) -> F {
  let bits = bitcast<U>(x) & U(0x7fffffffu);
  let split = splitFloat(bits);
  let high = bitcast<F>(bitcast<U>(y) & U(0xfffff000u));
  let exponent = high * split.e;
  let nearest = round(exponent);
  let small = ((exponent - nearest) + (y - high) * split.e) * 0.693147181 + y * (split.f + logarithmTail(split.f));
  let ordinary = (bits - U(1u)) < U(0x7f7fffffu);
  let coarse = exponential(y * logarithm(bitcast<F>(bits)));
  let magnitude = select(coarse, exponentialTimesPower(small, nearest), ordinary & (abs(y) < F(8192)));
  let whole = floor(y) == y;
  let odd = whole & (abs(y) < F(16777216)) & (floor(y * 0.5) * 2.0 != y);
  let negative = (bitcast<U>(x) & U(0x80000000u)) != U(0u);
  let signed = select(magnitude, -magnitude, negative & odd);
  let imaginary = negative & ordinary & !whole;
  let unit = (bits == U(0x3f800000u)) & ((bitcast<U>(y) & U(0x7fffffffu)) == U(0x7f800000u));
  let unknown = imaginary | unit | isNaN(x) | isNaN(y);
  return select(select(signed, F(fromBits(0x7fc00000u)), unknown), F(1), y == F(0));
}`,
  // The rational approximation of Eigen and XLA, as in special.wasm.ts.
  errorFunction: `fn errorFunction(x: F) -> F {
  let bounded = clamp(x, F(-4), F(4));
  let z = bounded * bounded;
  var p = F(-2.72614225801306e-10);
  p = p * z + 2.77068142495902e-8;
  p = p * z - 2.10102402082508e-6;
  p = p * z - 5.69250639462346e-5;
  p = p * z - 7.34990630326855e-4;
  p = p * z - 2.95459980854025e-3;
  p = p * z - 1.60960333262415e-2;
  var q = F(-1.45660718464996e-5);
  q = q * z - 2.13374055278905e-4;
  q = q * z - 1.68282697438203e-3;
  q = q * z - 7.37332916720468e-3;
  q = q * z - 1.42647390514189e-2;
  return select(bounded * p / q, x, isNaN(x));
}`,
  signedRemainder: `fn signedRemainder(x: I, y: I) -> I {
  let rest = x % y;
  return select(rest, rest + y, (rest != I(0)) & ((rest < I(0)) != (y < I(0))));
}`,
  // Toward zero, saturating, NaN to 0, as WASM's trunc_sat.
  signedOf: `fn signedOf(x: F) -> I {
  let inside = I(clamp(x, F(-2147483648), F(2147483520)));
  return select(select(inside, I(2147483647), x >= F(2147483648)), I(0), isNaN(x));
}`,
  unsignedOf: `fn unsignedOf(x: F) -> U {
  let inside = U(clamp(x, F(0), F(4294967040)));
  return select(select(inside, U(4294967295u), x >= F(4294967296)), U(0u), isNaN(x));
}`,
};

/** The functions of this file and of `more` that `text` calls, those that they call before them. */
export const calledFunctions = (text: string, more: WGSLFunctions = {}): string => {
  const found: string[] = [];
  const all = Object.entries({ ...functions, ...more });
  const visit = (caller: string): void => {
    for (const [name, body] of all) {
      if (body === caller || found.includes(body) || !new RegExp(`\\b${name}\\(`).test(caller)) continue;
      visit(body);
      if (!found.includes(body)) found.push(body);
    }
  };
  visit(text);
  return found.join("\n");
};

/** What F, I, U and B stand for. */
export const elementAliases = (width: 1 | 4): string =>
  [
    ["F", "f32"],
    ["I", "i32"],
    ["U", "u32"],
    ["B", "bool"],
  ]
    .map(([alias, type]) => `alias ${alias} = ${width === 1 ? type : `vec4<${type}>`};`)
    .join("\n");

/** Alias of a dtype in a register, where a boolean is a boolean and packed elements have lanes of their own; in memory all are words. */
export const registerType: Readonly<Record<DType, string>> = {
  f32: "F",
  f16: "F",
  i32: "I",
  u32: "U",
  u8: "U",
  bool: "B",
};

const constantText = (instruction: Instruction): string => {
  const value = constantValue(instruction);
  if (instruction.dtype === "bool") return `B(${value !== 0})`;
  if (instruction.dtype === "i32") return `I(${value | 0})`;
  if (instruction.dtype === "u32" || instruction.dtype === "u8") return `U(${value >>> 0}u)`;
  const rounded = Math.fround(value);
  if (Number.isFinite(rounded) && !Object.is(rounded, -0)) return `F(${rounded})`;
  const word = Number.isNaN(rounded) ? "7fc00000" : rounded === 0 ? "80000000" : rounded > 0 ? "7f800000" : "ff800000";
  return `F(fromBits(0x${word}u))`;
};

/** One instruction of a map program as an expression over the WGSL names of its arguments. */
export const instructionText = (
  instruction: Instruction,
  dtypes: readonly DType[],
  names: readonly string[],
): string => {
  if (instruction.function === "constant") return constantText(instruction);
  const text = texts[instruction.function];
  if (!text) throw new DTypeError(`WGSL has no text for the element-wise function "${instruction.function}"`);
  const [x = "", y = "", z = ""] = names;
  return text(wideDType(dtypes[0] ?? "f32"), x, y, z);
};
