// Images at another size.
import { apply } from "../graph/node.ts";
import { Tensor } from "./tensor.ts";

/** Options of resize. */
export interface ResizeOptions {
  /** "nearest" copies one pixel (default), "bilinear" weighs four. */
  readonly mode?: "nearest" | "bilinear";
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

/**
 * f32 images [batch, channels, height, width] at another size.
 * @param size height and width of the result, up to 16,383
 * @throws ShapeError without four axes, ArgumentError for a size that is none
 * @example resize(tensor([[[[1, 2]]]]), [1, 4], { mode: "bilinear" }) // [[[[1, 1.25, 1.75, 2]]]]
 */
export const resize = (x: Tensor, size: readonly [number, number], options: ResizeOptions = {}): Tensor =>
  new Tensor(
    apply("resize", [x.value], {
      size,
      mode: options.mode === "bilinear" ? "linear" : (options.mode ?? "nearest"),
      coordinates: options.coordinates ?? "halfPixel",
      rounding: options.rounding ?? "preferFloor",
    }),
  );
