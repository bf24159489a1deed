// Rows brought to length 1, for cosines: training rows by the same graph as those asked about, so that equal rows stay equal.
import type { Device } from "../../device/device.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import type { Matrix } from "../estimator.ts";

/** Rows of length 1; a row of zeros stays. Its largest magnitude is divided by first, so that no square overflows. */
export const toUnitLength = (x: Tensor): Tensor => {
  const options = { axis: 1, keepDimensions: true };
  const largest = x.absolute().max(options);
  const scaled = x.divide(largest.greater(0).where(largest, 1));
  const length = scaled.square().sum(options).sqrt();
  return scaled.divide(length.greater(0).where(length, 1));
};

/** The same of a matrix on the host: f32 [rows, columns]. */
export const unitRows = async ({ rows, columns, data }: Matrix, device: Device): Promise<Float32Array> => {
  using units = toUnitLength(tensor(data, [rows, columns]));
  return Float32Array.from(await units.data(device));
};
