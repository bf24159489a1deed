// Host arrays as the 32-bit words that devices hold: a bool is a byte on the host and a word on the GPU.
import { type DType, sizeOf, type TensorType } from "@millrace/kernels";
import type { HostArray } from "../../tensor/host-array.ts";

/** Copies a host array into a buffer as words. */
export const writeWords = (queue: GPUQueue, buffer: GPUBuffer, data: HostArray): void => {
  const words = data instanceof Uint8Array ? Uint32Array.from(data, (value) => (value === 0 ? 0 : 1)) : data;
  queue.writeBuffer(buffer, 0, words.buffer, words.byteOffset, words.byteLength);
};

/** A host array of a type from the words that a device gave; takes the memory over. */
export const hostWords = (type: TensorType, words: ArrayBuffer): HostArray => {
  const size = sizeOf(type.shape);
  const views: Readonly<Record<DType, () => HostArray>> = {
    f32: () => new Float32Array(words, 0, size),
    i32: () => new Int32Array(words, 0, size),
    u32: () => new Uint32Array(words, 0, size),
    bool: () => Uint8Array.from(new Uint32Array(words, 0, size)),
  };
  return views[type.dtype]();
};
