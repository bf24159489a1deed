// Elementary functions of f32 tensors, element by element, and bit operations of integers. Those that no kernel has are
// chains of others, which fuse into one; each states its accuracy in units in the last place (ULP) on WASM.
import { elementwise, full, type Tensor } from "./tensor.ts";

/** The error function, within 7 ULP. @example erf(tensor([0.5])) // [0.5204999] */
export const erf = (x: Tensor): Tensor => elementwise("erf", x);

/** exp(x) - 1 without cancelling near 0, within 3 ULP. */
export const expm1 = (x: Tensor): Tensor => elementwise("expm1", x);

/** log(1 + x) without cancelling near 0, within 3 ULP; -Infinity at -1, NaN below. */
export const log1p = (x: Tensor): Tensor => elementwise("log1p", x);

/** sin / cos: 3 ULP where cos is not small; near a pole its relative error is that of cos, 2e-7 / |cos x|. */
export const tan = (x: Tensor): Tensor => x.sin().divide(x.cos());

/** Arc tangent in -pi/2..pi/2, within 3 ULP. */
export const atan = (x: Tensor): Tensor => elementwise("atan", x);

/**
 * Angle of the point (x, y) in -pi..pi, broadcast, within 4 ULP; signs of zeros count, as in Math.atan2.
 * @example atan2(tensor([1]), tensor([-1])) // [2.3561945], 3 pi / 4
 */
export const atan2 = (y: Tensor, x: Tensor): Tensor => elementwise("atan2", y, x);

/** sqrt(1 - x^2) without cancelling near 1; NaN beyond. */
const opposite = (x: Tensor): Tensor => x.negate().add(1).multiply(x.add(1)).sqrt();

/** Arc sine in -pi/2..pi/2, within 6 ULP; NaN beyond 1. */
export const asin = (x: Tensor): Tensor => atan2(x, opposite(x));

/** Arc cosine in 0..pi, within 6 ULP; NaN beyond 1. */
export const acos = (x: Tensor): Tensor => atan2(opposite(x), x);

/** Hyperbolic sine, within 5 ULP; infinite from 88.73 on, where exp is. */
export const sinh = (x: Tensor): Tensor => expm1(x).subtract(expm1(x.negate())).multiply(0.5);

/** Hyperbolic cosine, within 4 ULP; infinite from 88.73 on, where exp is. */
export const cosh = (x: Tensor): Tensor => x.exp().add(x.negate().exp()).multiply(0.5);

/** Inverse hyperbolic sine, within 8 ULP, of numbers of any size. */
export const asinh = (x: Tensor): Tensor => {
  const isSmall = x.absolute().lessEqual(1);
  const near = isSmall.where(x, 0);
  const slope = near.divide(near.square().add(1).sqrt());
  const far = isSmall.where(1, x);
  const magnitude = far.absolute().log().add(full([], 1).divide(far).square().add(1).sqrt().add(1).log());
  return isSmall.where(atanh(slope), magnitude.multiply(far.sign()));
};

/** Inverse hyperbolic cosine of x >= 1, within 8 ULP; NaN below. */
export const acosh = (x: Tensor): Tensor => {
  const beyond = x.subtract(1);
  return log1p(beyond.add(beyond.sqrt().multiply(x.add(1).sqrt())));
};

/** Inverse hyperbolic tangent, within 5 ULP; infinite at -1 and 1, NaN beyond. */
export const atanh = (x: Tensor): Tensor => log1p(x).subtract(log1p(x.negate())).multiply(0.5);

/** Bits that both i32 or u32 tensors have, broadcast. */
export const bitAnd = (x: Tensor, y: Tensor): Tensor => elementwise("bitAnd", x, y);
/** Bits that either has. */
export const bitOr = (x: Tensor, y: Tensor): Tensor => elementwise("bitOr", x, y);
/** Bits that one but not both have. */
export const bitXor = (x: Tensor, y: Tensor): Tensor => elementwise("bitXor", x, y);
/** All bits turned. */
export const bitNot = (x: Tensor): Tensor => elementwise("bitNot", x);
/** x's bits moved up by y modulo 32. @example shiftLeft(tensor(Int32Array.of(3)), tensor(Int32Array.of(4))) // [48] */
export const shiftLeft = (x: Tensor, y: Tensor): Tensor => elementwise("shiftLeft", x, y);
/** x's bits moved down by y modulo 32: the sign of i32 is kept, u32 is filled with zeros. */
export const shiftRight = (x: Tensor, y: Tensor): Tensor => elementwise("shiftRight", x, y);
