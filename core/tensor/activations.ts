// Activations made of element-wise functions. Each is one chain, so fusion makes it one pass over memory.
import { erf, expm1, log1p } from "./elementary.ts";
import { onceRounded } from "./once-rounded.ts";
import type { Tensor } from "./tensor.ts";

/** x * sigmoid(x), also called swish (Ramachandran, Zoph, Le 2017). */
export const silu = (x: Tensor): Tensor => onceRounded(x, (own) => own.multiply(own.sigmoid()));

/** log(1 + exp(x)), written so that neither end overflows or cancels. */
export const softplus = (x: Tensor): Tensor =>
  onceRounded(x, (own) => own.maximum(0).add(log1p(own.absolute().negate().exp())));

/** x for positive x, slope * x below (default slope 0.01). */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => x.greater(0).where(x, x.multiply(slope));

/**
 * x for positive x, alpha * (exp(x) - 1) below (Clevert, Unterthiner, Hochreiter 2015). The slope at 0 is alpha: positive x
 * is kept out of the exponential by a choice, as a minimum would halve the slope where it is equal to its bound.
 */
export const elu = (x: Tensor, alpha = 1): Tensor => {
  const positive = x.greater(0);
  return positive.where(x, expm1(positive.where(0, x)).multiply(alpha));
};

/**
 * GELU: x/2 (1 + erf(x / sqrt 2)) (Hendrycks, Gimpel 2016), f32; its error is at most 2e-7 |x| + 1e-7 of the result.
 * @example gelu(tensor([1])) // [0.8413447]
 */
export const gelu = (x: Tensor): Tensor =>
  onceRounded(x, (own) => own.multiply(0.5).multiply(erf(own.multiply(Math.SQRT1_2)).add(1)));

/** GELU by its tanh form: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (Hendrycks, Gimpel 2016). */
export const geluTanh = (x: Tensor): Tensor =>
  onceRounded(x, (own) => {
    const inner = own
      .square()
      .multiply(own)
      .multiply(0.044715)
      .add(own)
      .multiply(Math.sqrt(2 / Math.PI));
    return own.multiply(0.5).multiply(inner.tanh().add(1));
  });

/** 0 below -3, 1 above 3, x / 6 + 1 / 2 between (as PyTorch). */
export const hardSigmoid = (x: Tensor): Tensor => clip(x.divide(6).add(0.5), 0, 1);

/** x * hardSigmoid(x) (Howard and others 2019). */
export const hardSwish = (x: Tensor): Tensor => x.multiply(hardSigmoid(x));

/**
 * x held between two bounds; `high` everywhere when it is below `low`. NaN stays NaN. The slope is 1 at the bounds too, as in
 * PyTorch: a maximum and a minimum would halve it there.
 * @example clip(tensor([-2, 0.5, 9]), 0, 1) // [0, 0.5, 1]
 */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  x.greater(high).where(high, x.less(Math.min(low, high)).where(Math.min(low, high), x));
