// Host arrays as they lie in a device's memory: a bool is a byte on the host and a word there, f16 and u8 are packed.
import { halfBits, halfOfBits, sizeOf, type TensorType } from "@millrace/kernels";
import { type HostArray, halfArray } from "../tensor/host-array.ts";

/** The elements of a type `at` bytes into a memory: a view of it where the host has such an array, else a copy. */
export const readElements = (memory: ArrayBufferLike, at: number, { dtype, shape }: TensorType): HostArray => {
  const size = sizeOf(shape);
  if (dtype === "f32") return new Float32Array(memory, at, size);
  if (dtype === "i32") return new Int32Array(memory, at, size);
  if (dtype === "u32") return new Uint32Array(memory, at, size);
  if (dtype === "u8") return new Uint8Array(memory, at, size);
  if (dtype === "bool") return Uint8Array.from(new Uint32Array(memory, at, size));
  return halfArray ? new halfArray(memory, at, size) : Float32Array.from(new Uint16Array(memory, at, size), halfOfBits);
};

/** Writes a host array of a type `at` bytes into a memory. */
export const writeElements = (memory: ArrayBufferLike, at: number, type: TensorType, data: HostArray): void => {
  const size = Math.min(sizeOf(type.shape), data.length);
  const own = { ...type, shape: [size] };
  if (type.dtype === "bool") {
    const words = new Uint32Array(memory, at, size);
    for (let i = 0; i < size; i++) words[i] = data[i] === 0 ? 0 : 1;
  } else if (type.dtype === "f16" && !halfArray)
    new Uint16Array(memory, at, size).set(Uint16Array.from(data, halfBits));
  else readElements(memory, at, own).set(data.subarray(0, size));
};
