// The safetensors format (github.com/huggingface/safetensors, format section of its README): eight bytes with the length of
// a JSON header, the header, then the tensors' bytes without gaps. Read with every check that the Rust reader makes.
import { ArgumentError, sizeOf } from "@millrace/kernels";
import { readElements } from "../device/elements.ts";
import { type HostArray, halfArray } from "../tensor/host-array.ts";
import { BundleError } from "./error.ts";

/** Element types that are read and written here, and the array that holds them. */
export type StoredArray = HostArray | Float64Array;

/** A tensor of a safetensors file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /**
   * Float32Array is stored as F32, Float16Array as F16, Float64Array as F64, Int32Array as I32, Uint32Array as U32, Uint8Array
   * as U8. An engine without Float16Array reads F16 as a Float32Array.
   */
  readonly data: StoredArray;
}

/** The content of a safetensors file. */
export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const headerLimit = 100_000_000;
const elementBytes: Readonly<Record<string, number>> = { F32: 4, F16: 2, F64: 8, I32: 4, U32: 4, U8: 1, BOOL: 1 };
const foreignTypes = ["I8", "I16", "U16", "I64", "U64", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "C64"];

const typeOf = (data: StoredArray): string => {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (halfArray && data instanceof halfArray) return "F16";
  if (data instanceof Int32Array) return "I32";
  return data instanceof Uint32Array ? "U32" : "U8";
};

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * Writes one safetensors file. Tensors are put in order of falling element size, then of name, so that equal content gives
 * equal bytes and every tensor is aligned.
 * @throws ArgumentError when a tensor's elements do not fill its shape
 */
export const writeSafetensors = ({ tensors, metadata }: StoredTensors): Uint8Array => {
  const ordered = [...tensors].sort(
    ([leftName, left], [rightName, right]) =>
      right.data.BYTES_PER_ELEMENT - left.data.BYTES_PER_ELEMENT || (leftName < rightName ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  if (metadata.size > 0) header.__metadata__ = Object.fromEntries([...metadata].sort());
  let offset = 0;
  for (const [name, { shape, data }] of ordered) {
    if (sizeOf(shape) !== data.length || name === "__metadata__")
      throw new ArgumentError(`tensor "${name}" has ${data.length} elements, which do not fill [${shape.join(", ")}]`);
    header[name] = { dtype: typeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of ordered) {
    file.set(bytesOf(data), at);
    at += data.byteLength;
  }
  return file;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readHeader = (bytes: Uint8Array): { header: Readonly<Record<string, unknown>>; dataStart: number } => {
  if (bytes.length < 8) throw new BundleError(`a safetensors file has at least 8 bytes, but there are ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > headerLimit)
    throw new BundleError(
      `the header would be ${length} bytes, more than the ${headerLimit} allowed: this is no safetensors file`,
    );
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length)
    throw new BundleError(`the file is cut short: its header ends at byte ${dataStart}, but there are ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch (error) {
    throw new BundleError(`the header is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(header)) throw new BundleError("the header is JSON, but no object");
  return { header, dataStart };
};

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const readEntry = (name: string, entry: unknown): Entry => {
  const refuse = (why: string): never => {
    throw new BundleError(`tensor "${name}": ${why}`);
  };
  if (!isRecord(entry)) return refuse("its header entry is no object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !(dtype in elementBytes))
    return refuse(
      typeof dtype === "string" && foreignTypes.includes(dtype)
        ? `elements of type ${dtype} are not read here; ${Object.keys(elementBytes).join(", ")} are`
        : `there is no element type ${JSON.stringify(dtype)}`,
    );
  if (!Array.isArray(shape) || !shape.every(isWhole)) return refuse("its shape is no list of sizes");
  const [begin, end, more]: unknown[] = Array.isArray(offsets) ? offsets : [];
  if (!isWhole(begin) || !isWhole(end) || begin > end || more !== undefined)
    return refuse(`its data_offsets ${JSON.stringify(offsets)} are no range of bytes`);
  const wanted = sizeOf(shape) * (elementBytes[dtype] ?? 0);
  if (end - begin !== wanted)
    return refuse(`${dtype}[${shape.join(", ")}] takes ${wanted} bytes, but its range has ${end - begin}`);
  return { name, dtype, shape, begin, end };
};

const readData = (dtype: string, bytes: Uint8Array): StoredArray => {
  const own = bytes.slice().buffer;
  if (dtype === "F32") return new Float32Array(own);
  if (dtype === "F16") return readElements(own, 0, { dtype: "f16", shape: [own.byteLength / 2] });
  if (dtype === "F64") return new Float64Array(own);
  if (dtype === "I32") return new Int32Array(own);
  return dtype === "U32" ? new Uint32Array(own) : new Uint8Array(own);
};

/**
 * Reads a safetensors file; tensors are copied out.
 * @throws BundleError when the file is cut short, its header is no header, a type is unknown, or tensors overlap, leave
 * gaps or do not fill their shapes
 */
export const readSafetensors = (bytes: Uint8Array): StoredTensors => {
  const { header, dataStart } = readHeader(bytes);
  const { __metadata__: stored = {}, ...rest } = header;
  if (!isRecord(stored)) throw new BundleError("__metadata__ is no object");
  const metadata = new Map(
    Object.entries(stored).map(([key, value]): [string, string] => {
      if (typeof value !== "string") throw new BundleError(`the metadata "${key}" is no text`);
      return [key, value];
    }),
  );
  const entries = Object.entries(rest)
    .map(([name, entry]) => readEntry(name, entry))
    .sort((left, right) => left.begin - right.begin || left.end - right.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered)
      throw new BundleError(
        `tensor "${name}" begins at byte ${begin} of the data, but the one before it ends at ${covered}`,
      );
    covered = end;
  }
  if (covered !== bytes.length - dataStart)
    throw new BundleError(
      `the tensors take ${covered} bytes, but ${bytes.length - dataStart} follow the header: the file is ${
        covered > bytes.length - dataStart ? "cut short" : "longer than it says"
      }`,
    );
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => [
      name,
      { shape, data: readData(dtype, bytes.subarray(dataStart + begin, dataStart + end)) },
    ]),
  );
  return { tensors, metadata };
};
