// Rows of a group as they stand after the steps fitted so far: the graph of those steps, run on a device in batches of one
// size. Before any step, the numbers themselves in float64.
import { defaultDevice } from "../device/default-device.ts";
import type { Device } from "../device/device.ts";
import { isValid } from "../frame/column.ts";
import { columnOf, type Frame, sliceRows } from "../frame/frame.ts";
import { bitAt } from "../frame/validity.ts";
import { tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { deriveDates } from "./derive-dates.ts";
import { allocateRows, doorInputs, encodeRows } from "./encode.ts";
import type { DateFeatures } from "./encoding-specification.ts";
import { denseFeatures, featureBlocks, type NamedTensors, pipelineParameters } from "./features.ts";
import type { NumericGroup } from "./fitted.ts";

/** Values [rows, width] of a chunk; NaN is missing. */
export type StageRows = (chunk: Frame, rowIndices: Uint32Array) => Promise<Float64Array>;

const batchRows = 8192;

const datedRows = (dates: DateFeatures, group: NumericGroup, chunk: Frame, rowIndices: Uint32Array): Float64Array => {
  const width = group.origin.length;
  const all = new Float64Array(chunk.rowCount * width);
  const derived = group.columns.flatMap((name) => {
    const column = columnOf(chunk, name);
    return column.kind === "timestamp" ? deriveDates(name, column, dates, (row) => rowIndices[row] ?? row) : [];
  });
  derived.forEach((values, at) => {
    for (let row = 0, place = at; row < chunk.rowCount; row++, place += width) all[place] = values[row] ?? Number.NaN;
  });
  return all;
};

const rawRows = (group: NumericGroup, chunk: Frame, rowIndices: Uint32Array): Float64Array => {
  if (group.dates) return datedRows(group.dates, group, chunk, rowIndices);
  const width = group.columns.length;
  const all = new Float64Array(chunk.rowCount * width).fill(Number.NaN);
  group.columns.forEach((name, at) => {
    const column = columnOf(chunk, name);
    if (column.kind === "dictionary") return;
    const truths = column.kind === "boolean";
    for (let row = 0, place = at; row < chunk.rowCount; row++, place += width)
      if (isValid(column, row)) all[place] = truths ? Number(bitAt(column.values, row)) : (column.values[row] ?? 0);
  });
  return all;
};

/** True while values are relative to the door's origin: no step has taken it up. */
const isRelative = (group: NumericGroup): boolean => group.operations.every((operation) => operation.kind === "impute");

/** Reads rows of a group with its operations applied. Dispose of it: it holds a compiled graph. */
export const stageRows = async (
  group: NumericGroup,
  device: Device | undefined,
): Promise<{ readonly read: StageRows } & Disposable> => {
  if (group.operations.length === 0)
    return { read: async (chunk, rowIndices) => rawRows(group, chunk, rowIndices), [Symbol.dispose]: () => {} };
  const where = device ?? (await defaultDevice());
  const pipeline = { groups: [group], featureNames: group.featureNames };
  const doors = doorInputs(pipeline);
  const arrays = allocateRows(pipeline, batchRows);
  const parameters = Object.fromEntries(
    Object.entries(pipelineParameters(pipeline)).map(([name, value]) => [name, tensor(value.data, value.shape)]),
  );
  const run = compile(
    (inputs: NamedTensors, own: NamedTensors) => denseFeatures(featureBlocks(pipeline, inputs, own)),
    { device: where },
  );
  const width = group.featureNames.length;
  const batch = async (rows: Frame, rowIndices: Uint32Array, into: Float64Array): Promise<void> => {
    encodeRows(pipeline, rows, arrays, 0, rowIndices);
    const inputs = Object.fromEntries(
      doors.map(({ name, shape, dtype }) => [name, tensor(arrays[name] ?? [], shape(batchRows), dtype)]),
    );
    using outcome = await run(inputs, parameters);
    const data = await outcome.data();
    for (let i = 0; i < into.length; i++) into[i] = data[i] ?? Number.NaN;
    for (const input of Object.values(inputs)) input.dispose();
    if (!isRelative(group)) return;
    group.origin.forEach((origin, column) => {
      for (let at = column; at < into.length; at += width) into[at] = (into[at] ?? 0) + origin;
    });
  };
  return {
    read: async (chunk, rowIndices) => {
      const all = new Float64Array(chunk.rowCount * width);
      for (let from = 0; from < chunk.rowCount; from += batchRows) {
        const to = Math.min(chunk.rowCount, from + batchRows);
        await batch(sliceRows(chunk, from, to), rowIndices.subarray(from, to), all.subarray(from * width, to * width));
      }
      return all;
    },
    [Symbol.dispose]: () => {
      run[Symbol.dispose]();
      for (const own of Object.values(parameters)) own.dispose();
    },
  };
};
