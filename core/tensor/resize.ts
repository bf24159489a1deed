// Images at another size: nearest and bilinear by kernels of their own; bicubic and antialiased, where a pixel weighs many,
// as two products with the weights of each axis.
import { apply } from "../graph/node.ts";
import { Tensor, tensor } from "./tensor.ts";

/** Options of resize. */
export interface ResizeOptions {
  /** "nearest" copies one pixel (default), "bilinear" weighs four, "bicubic" sixteen (Keys 1981, with a = -3/4 as PyTorch and ONNX). */
  readonly mode?: "nearest" | "bilinear" | "bicubic";
  /** Weigh all pixels that a smaller image leaves out, as PIL and ONNX do; not for "nearest". Default false. */
  readonly antialias?: boolean;
  /**
   * Where output o of `out` lies among `in` pixels, by ONNX's names: "halfPixel" (default) (o + 1/2) in / out - 1/2,
   * "alignCorners" o (in - 1) / (out - 1), "asymmetric" o in / out.
   */
  readonly coordinates?: "halfPixel" | "alignCorners" | "asymmetric";
  /**
   * How "nearest" rounds: "preferFloor" (default) to the nearest with ties down, or "floor". PyTorch's "nearest" is
   * coordinates "asymmetric" with rounding "floor", its "nearest-exact" "halfPixel" but for ties.
   */
  readonly rounding?: "preferFloor" | "floor";
}

/** Weight of a pixel at a distance, which reaches 1 or 2 pixels far. */
const kernels = {
  bilinear: { reach: 1, weigh: (d: number): number => Math.max(0, 1 - d) },
  bicubic: {
    reach: 2,
    weigh: (d: number): number => {
      const a = -0.75;
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    },
  },
};

/** Where output o of `out` lies among `size` pixels. */
const places: Readonly<
  Record<NonNullable<ResizeOptions["coordinates"]>, (o: number, size: number, out: number) => number>
> = {
  halfPixel: (o, size, out) => ((o + 0.5) * size) / out - 0.5,
  alignCorners: (o, size, out) => (o * (size - 1)) / Math.max(out - 1, 1),
  asymmetric: (o, size, out) => (o * size) / out,
};

/** What each pixel counts in each output, [out, size]; places past an end count for the pixel there. */
const weightsOf = (
  placeOf: (o: number) => number,
  { reach, weigh }: (typeof kernels)["bilinear"],
  size: number,
  out: number,
  antialias: boolean,
): Tensor => {
  const weights = new Float64Array(out * size);
  const shrink = antialias ? Math.min(1, out / size) : 1;
  for (let o = 0; o < out; o++) {
    const place = placeOf(o);
    const taps: [at: number, weight: number][] = [];
    for (let i = Math.ceil(place - reach / shrink); i <= place + reach / shrink; i++)
      taps.push([Math.min(Math.max(i, 0), size - 1), weigh(Math.abs(i - place) * shrink)]);
    const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [at, weight] of taps) weights[o * size + at] = (weights[o * size + at] ?? 0) + weight / total;
  }
  return tensor(Float32Array.from(weights), [out, size]);
};

/**
 * f32 images [batch, channels, height, width] at another size.
 * @param size height and width of the result, up to 16,383
 * @throws ShapeError without four axes, ArgumentError for a size that is none
 * @example resize(tensor([[[[1, 2]]]]), [1, 4], { mode: "bilinear" }) // [[[[1, 1.25, 1.75, 2]]]]
 */
export const resize = (x: Tensor, size: readonly [number, number], options: ResizeOptions = {}): Tensor => {
  const { mode = "nearest", coordinates = "halfPixel", rounding = "preferFloor", antialias = false } = options;
  const rule = { mode: mode === "nearest" ? mode : ("linear" as const), coordinates, rounding };
  const plain = apply("resize", [x.value], { size, ...rule });
  if (mode === "nearest" || (mode === "bilinear" && !antialias)) return new Tensor(plain);
  const [height = 0, width = 0] = x.shape.slice(2);
  const along = (from: number, to: number): Tensor =>
    weightsOf((o) => places[coordinates](o, from, to), kernels[mode], from, to, antialias);
  const [batch = 0, channels = 0] = x.shape;
  const rows = x.reshape([batch * channels * height, width]).matmul(along(width, size[1]), { transposeB: true });
  return along(height, size[0])
    .matmul(rows.reshape([batch * channels, height, size[1]]))
    .reshape([batch, channels, ...size]);
};
