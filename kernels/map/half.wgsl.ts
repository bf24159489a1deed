// f16 in words as WGSL, for maps and products.
import type { WGSLFunctions } from "./scalar.wgsl.ts";

export const halfFunctions: WGSLFunctions = {
  // f16 by integers alone: unpack2x16float and pack2x16float may flush subnormals, and WGSL leaves their rounding open.
  fromHalf: `fn fromHalf(half: U) -> F {
  let size = half & U(0x7fffu);
  let small = bitcast<U>(F(size & U(0x3ffu)) * 5.9604644775390625e-8);
  let finite = select((size << U(13u)) + U(0x38000000u), small, size < U(0x400u));
  let bits = select(finite, (size << U(13u)) | U(0x7f800000u), size > U(0x7bffu));
  return bitcast<F>(bits | ((half & U(0x8000u)) << U(16u)));
}`,
  toHalf: `fn toHalf(x: F) -> U {
  let bits = bitcast<U>(x);
  let size = bits & U(0x7fffffffu);
  let shift = min(U(126u) - (size >> U(23u)), U(31u));
  let mantissa = (size & U(0x7fffffu)) | U(0x800000u);
  let small = (mantissa + (U(1u) << (shift - U(1u))) - U(1u) + ((mantissa >> shift) & U(1u))) >> shift;
  let normal = ((size + U(0xfffu) + ((size >> U(13u)) & U(1u))) >> U(13u)) - U(0x1c000u);
  let finite = select(min(normal, U(0x7c00u)), small, size < U(0x38800000u));
  return select(finite, U(0x7e00u), size > U(0x7f800000u)) | ((bits >> U(16u)) & U(0x8000u));
}`,
};
