// First weights, drawn on the host in float64 by a seeded stream with nothing but exact arithmetic and square roots, so that
// they are the same bytes in Node, in a page and on every device.
import { type RandomStream, randomStream } from "../validate/random-stream.ts";

/** Uniform in (-bound, bound). */
const uniform = (size: number, bound: number, stream: RandomStream): Float32Array =>
  Float32Array.from({ length: size }, () => (2 * stream.uniform() - 1) * bound);

/**
 * Weights [inputs, outputs] before relu: uniform with variance 2 / inputs (He, Zhang, Ren and Sun 2015).
 * @example
 * const weights = heUniform(30, 64, randomStream(7, 1));
 */
export const heUniform = (inputs: number, outputs: number, stream: RandomStream, fanIn = inputs): Float32Array =>
  uniform(inputs * outputs, Math.sqrt(6 / Math.max(1, fanIn)), stream);

/** Weights [inputs, outputs] before tanh or a softmax: uniform with variance 2 / (inputs + outputs) (Glorot and Bengio 2010). */
export const glorotUniform = (inputs: number, outputs: number, stream: RandomStream, fanIn = inputs): Float32Array =>
  uniform(inputs * outputs, Math.sqrt(6 / Math.max(1, fanIn + outputs)), stream);

/** The stream of the weights number `index` of a seed. */
export const weightStream = (seed: number, index: number): RandomStream => randomStream(seed, 0x1000 + index);
