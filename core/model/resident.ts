// Training rows in memory as the graph reads them, 4 bytes a value, and the one batch on the device that they are gathered
// into. No object is made per row or per batch.
import { describeType, type TensorType } from "@millrace/kernels";
import type { Device, DeviceBuffer } from "../device/device.ts";
import { allocateRows, type DoorInput, doorInputs, encodeRows } from "../preprocess/encode.ts";
import type { FittedPipeline } from "../preprocess/fitted.ts";
import { inputColumns } from "../preprocess/fitted.ts";
import type { HostArray } from "../tensor/host-array.ts";
import { dtypeOfHostArray, hostArray } from "../tensor/host-array.ts";
import { leafOf, Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type HeldOutRows, readPartition, type TrainingRows } from "../validate/partition.ts";

/** What a network learns of rows: class codes, or quantities. */
export type RowLabels = Int32Array | Float32Array;

/** Encoded rows with what is to be learnt of them. */
export interface ResidentRows {
  readonly rowCount: number;
  readonly arrays: Readonly<Record<string, HostArray>>;
  readonly labels: RowLabels;
  /** Above 0; 1 each if left out. */
  readonly weights?: Float32Array | undefined;
}

/** Reads and encodes the training rows. @throws as encodeRows, or the signal's reason */
export const residentRows = async (
  pipeline: FittedPipeline,
  rows: TrainingRows,
  sourceLabels: Int32Array | Float64Array,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<Pick<ResidentRows, "rowCount" | "arrays"> & { readonly labels: Int32Array | Float64Array }> => {
  const arrays = allocateRows(pipeline, rows.rowCount);
  const labels = sourceLabels.slice(0, rows.rowCount);
  const names = inputColumns(pipeline).map((column) => column.name);
  let offset = 0;
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    encodeRows(pipeline, chunk, arrays, offset, rowIndices, true);
    for (let row = 0; row < rowIndices.length; row++) labels[offset + row] = sourceLabels[rowIndices[row] ?? 0] ?? 0;
    offset += chunk.rowCount;
    await onChunk(chunk.rowCount);
  }
  return { rowCount: rows.rowCount, arrays, labels };
};

/**
 * Encodes rows and drops them: what predicting them would refuse is refused before minutes of training, not after.
 * @throws as encodeRows
 */
export const checkRows = async (
  pipeline: FittedPipeline,
  rows: HeldOutRows,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<void> => {
  const names = inputColumns(pipeline).map((column) => column.name);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    encodeRows(pipeline, chunk, allocateRows(pipeline, chunk.rowCount), 0, rowIndices);
    await onChunk(chunk.rowCount);
  }
};

/** A tensor whose elements are written again for each batch. */
class BatchTensor {
  readonly tensor: Tensor;
  readonly host: HostArray;
  readonly #device: Device;
  readonly #buffer: DeviceBuffer;
  readonly #type: TensorType;

  constructor(device: Device, type: TensorType, size: number) {
    this.#device = device;
    this.#type = type;
    this.#buffer = device.allocate(type);
    this.host = hostArray(type.dtype, size);
    this.tensor = new Tensor(leafOf(new Storage(type, { buffer: this.#buffer })));
  }

  upload(): void {
    this.#device.write(this.#buffer, this.#type, this.host);
  }
}

/** One batch of a fixed number of rows on a device: features at the door, labels and row weights. */
export class Batch implements Disposable {
  readonly rowCount: number;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly labels: Tensor;
  readonly weights: Tensor;
  readonly #doors: readonly { readonly input: DoorInput; readonly slot: BatchTensor }[];
  readonly #labels: BatchTensor;
  readonly #weights: BatchTensor;

  constructor(device: Device, pipeline: FittedPipeline, { labels }: ResidentRows, rowCount: number) {
    this.rowCount = rowCount;
    this.#doors = doorInputs(pipeline).map((input) => ({
      input,
      slot: new BatchTensor(device, { dtype: input.dtype, shape: input.shape(rowCount) }, rowCount * input.width),
    }));
    this.#labels = new BatchTensor(device, { dtype: dtypeOfHostArray(labels), shape: [rowCount] }, rowCount);
    this.#weights = new BatchTensor(device, { dtype: "f32", shape: [rowCount] }, rowCount);
    this.inputs = Object.fromEntries(this.#doors.map(({ input, slot }) => [input.name, slot.tensor]));
    this.labels = this.#labels.tensor;
    this.weights = this.#weights.tensor;
  }

  /**
   * Puts rows `indices[from]`, ... of resident rows on the device; past the end, rows of zeros with weight 0.
   * @returns how many rows are real
   */
  fill(rows: ResidentRows, indices: Uint32Array, from: number): number {
    const count = Math.min(this.rowCount, indices.length - from);
    for (const { input, slot } of this.#doors) {
      const source = rows.arrays[input.name];
      if (!source) throw new RangeError(`the resident rows lack ${input.name} ${describeType(slot.tensor)}`);
      gather(source, slot.host, input.width, indices, from, count);
      slot.upload();
    }
    gather(rows.labels, this.#labels.host, 1, indices, from, count);
    this.#labels.upload();
    if (rows.weights) gather(rows.weights, this.#weights.host, 1, indices, from, count);
    else this.#weights.host.fill(1, 0, count).fill(0, count);
    this.#weights.upload();
    return count;
  }

  [Symbol.dispose](): void {
    for (const { slot } of this.#doors) slot.tensor.dispose();
    this.labels.dispose();
    this.weights.dispose();
  }
}

/** Gathers rows of `width` elements. 32-bit kinds go as words, so that each loop below sees one kind of array alone. */
const gather = (
  source: HostArray,
  target: HostArray,
  width: number,
  indices: Uint32Array,
  from: number,
  count: number,
): void => {
  if (source instanceof Uint8Array || target instanceof Uint8Array) {
    if (source instanceof Uint8Array && target instanceof Uint8Array)
      gatherBytes(source, target, width, indices, from, count);
    return;
  }
  const words = (array: HostArray): Int32Array => new Int32Array(array.buffer, array.byteOffset, array.length);
  gatherWords(words(source), words(target), width, indices, from, count);
};

const gatherWords = (
  source: Int32Array,
  target: Int32Array,
  width: number,
  indices: Uint32Array,
  from: number,
  count: number,
): void => {
  let at = 0;
  for (let i = from; i < from + count; i++) {
    let own = (indices[i] ?? 0) * width;
    for (let column = 0; column < width; column++) target[at++] = source[own++] ?? 0;
  }
  target.fill(0, at);
};

const gatherBytes = (
  source: Uint8Array,
  target: Uint8Array,
  width: number,
  indices: Uint32Array,
  from: number,
  count: number,
): void => {
  let at = 0;
  for (let i = from; i < from + count; i++) {
    let own = (indices[i] ?? 0) * width;
    for (let column = 0; column < width; column++) target[at++] = source[own++] ?? 0;
  }
  target.fill(0, at);
};
