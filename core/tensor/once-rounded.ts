// Chains of ops on f16 that would lose or overflow if each step were rounded.
import type { Tensor } from "./tensor.ts";

/** What a chain of ops gives; for f16 it is computed in f32 and rounded once, as the result of one op is. */
export const onceRounded = (x: Tensor, chain: (x: Tensor) => Tensor): Tensor =>
  x.dtype === "f16" ? chain(x.to("f32")).to("f16") : chain(x);
