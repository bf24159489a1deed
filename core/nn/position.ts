// Where in a sequence a vector stands, told to layers that do not see order: added sines, or turned pairs.
import { ArgumentError, ShapeError } from "@millrace/kernels";
import { stack } from "../tensor/arrange.ts";
import { concatenate, type Tensor, tensor } from "../tensor/tensor.ts";

/** Angles place * base^(-2i / width) of the places from `offset` on, as cosines and sines, row-major [places, width / 2]. */
const turns = (places: number, width: number, base: number, offset: number) => {
  const half = width / 2;
  const angle = (i: number): number => (offset + Math.floor(i / half)) * base ** (-(i % half) / half);
  const table = (fn: (x: number) => number): Float32Array =>
    Float32Array.from({ length: places * half }, (_, i) => fn(angle(i)));
  return { cosines: table(Math.cos), sines: table(Math.sin) };
};

const checkWidth = (name: string, width: number): void => {
  if (!Number.isInteger(width) || width < 2 || width % 2 !== 0)
    throw new ArgumentError(`${name}: the width must be an even number of at least 2, but is ${width}`);
};

/**
 * Sinusoidal positions (Vaswani and others 2017, section 3.5), f32 [places, width], to add to embeddings: number 2i of place
 * p is sin(p / 10000^(2i / width)), number 2i + 1 the cosine.
 * @param options.base instead of 10000
 * @param options.offset first place; default 0
 * @throws ArgumentError unless the width is even
 * @example tokens.apply(parameters, codes).add(sinusoidalPositions(32, 64))
 */
export const sinusoidalPositions = (
  places: number,
  width: number,
  options: { readonly base?: number; readonly offset?: number } = {},
): Tensor => {
  checkWidth("sinusoidalPositions", width);
  const { cosines, sines } = turns(places, width, options.base ?? 10_000, options.offset ?? 0);
  const numbers = Float32Array.from({ length: places * width }, (_, i) => (i % 2 ? cosines : sines)[i >> 1] ?? 0);
  return tensor(numbers, [places, width]);
};

/** Options of rotaryPositions. */
export interface RotaryOptions {
  /** Default 10000. */
  readonly base?: number;
  /** Place of the first vector, for one that continues a sequence. Default 0. */
  readonly offset?: number;
  /** Neighbours are turned together, as in the paper, instead of element i and i + width / 2, as in GPT-NeoX and Llama. Default false. */
  readonly interleaved?: boolean;
}

/**
 * Rotary positions (Su and others 2021): pairs of x [..., places, width] turned by place * base^(-2i / width), so that the
 * product of a query and a key depends on their distance alone. For the queries and keys of an attention.
 * @throws ShapeError below two axes, ArgumentError unless the width is even
 * @example scaledDotProductAttention(rotaryPositions(query), rotaryPositions(key), value, { causal: true })
 */
export const rotaryPositions = (x: Tensor, options: RotaryOptions = {}): Tensor => {
  const [places, width] = x.shape.slice(-2);
  if (places === undefined || width === undefined)
    throw new ShapeError(`rotaryPositions takes [..., places, width], but got [${x.shape.join(", ")}]`);
  checkWidth("rotaryPositions", width);
  const { base = 10_000, offset = 0, interleaved = false } = options;
  const half = width / 2;
  const table = turns(places, width, base, offset);
  const cosines = tensor(table.cosines, [places, half]);
  const sines = tensor(table.sines, [places, half]);
  const leading = x.shape.slice(0, -1);
  const pairs = x.reshape(interleaved ? [...leading, half, 2] : [...leading, 2, half]);
  const axis = pairs.rank - (interleaved ? 1 : 2);
  const side = (at: number): Tensor => {
    const only = <T>(here: T, others: readonly T[]): T[] => others.map((own, i) => (i === axis ? here : own));
    const start = only(
      at,
      pairs.shape.map(() => 0),
    );
    return pairs.slice(start, only(1, pairs.shape)).reshape([...leading, half]);
  };
  const [a, b] = [side(0), side(1)];
  const turned = [a.multiply(cosines).subtract(b.multiply(sines)), b.multiply(cosines).add(a.multiply(sines))];
  return interleaved ? stack(turned, -1).reshape(x.shape) : concatenate(turned, -1);
};
