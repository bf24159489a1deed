// Host arrays into GPU buffers, whose writes are of whole 32-bit words.
import { byteSizeOf, elementBytes, type TensorType } from "@millrace/kernels";
import type { HostArray } from "../../tensor/host-array.ts";
import { writeElements } from "../elements.ts";

/** Copies a host array of a type into a buffer, as it is where both have four bytes an element. */
export const writeWords = (queue: GPUQueue, buffer: GPUBuffer, type: TensorType, data: HostArray): void => {
  if (data.BYTES_PER_ELEMENT === 4 && elementBytes[type.dtype] === 4 && type.dtype !== "bool") {
    queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
    return;
  }
  const words = new ArrayBuffer(byteSizeOf(type));
  writeElements(words, 0, type, data);
  queue.writeBuffer(buffer, 0, words);
};
