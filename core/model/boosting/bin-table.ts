// A table cut into bins where its trees will grow: on the WASM device that a fit was given, on one of its own beside a GPU, or in
// plain arrays.
import type { Device } from "../../device/device.ts";
import { OutOfMemoryError } from "../../device/error.ts";
import type { WasmWorkspace } from "../../device/wasm/wasm-device.ts";
import { randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import type { FitContext, Matrix } from "../estimator.ts";
import { binColumns } from "./bin-columns.ts";
import { plainTable } from "./plain-work.ts";
import type { BinnedTable } from "./tree-work.ts";
import { wasmTable } from "./wasm-work.ts";

/** Purpose of the random stream that draws the rows that edges are found from. */
const binPurpose = 0xb00_0001;

const openSpace = async (device: Device): Promise<WasmWorkspace> => {
  const { openWasmDevice, WasmDevice } = await import("../../device/wasm/index.ts");
  if (device instanceof WasmDevice) return device.openWorkspace();
  const own = await openWasmDevice();
  const space = own.openWorkspace();
  return {
    ...space,
    get buffer() {
      return space.buffer;
    },
    [Symbol.dispose]: () => own[Symbol.dispose](),
  };
};

/**
 * Bins a table.
 * @param training rows that edges and categories are found from; all rows get bins
 * @param most bins of a column at most
 * @param inPlainArrays whatever the device, for losses that the host derives
 * @throws ArgumentError for a category that is too large
 */
export const binTable = async (
  x: Matrix,
  training: Int32Array,
  most: number,
  { device, seed, signal }: Pick<FitContext, "device" | "seed" | "signal">,
  inPlainArrays = false,
): Promise<BinnedTable> => {
  const columns = await binColumns(x, training, most, randomStream(seed, binPurpose), breather(signal));
  if (inPlainArrays || device.kind === "reference") return plainTable(x, columns);
  const space = await openSpace(device);
  try {
    return await wasmTable(space, x, columns);
  } catch (error) {
    space[Symbol.dispose]();
    if (error instanceof OutOfMemoryError) return plainTable(x, columns);
    throw error;
  }
};
