// Memory of the WASM device: JavaScript owns the heap, since AssemblyScript's allocator is not thread-safe. Best fit over
// free blocks kept in address order, so neighbours merge and a plan that is disposed leaves no trace.
import { OutOfMemoryError } from "../error.ts";

const pageBytes = 65_536;
/** A cache line: blocks of two threads never share one. */
const alignment = 64;
/** Kernels load whole vectors at a tensor's end: each block has room for one behind it. */
const padding = 16;
/** Loads may run past the last block; the memory's end stays this far away. */
const slack = 256;
/** Memory grows by at least this, or by an eighth of what it is, so that growing stays rare. */
const growthBytes = 4 << 20;

export interface Allocator {
  /** Address of `byteLength` bytes, aligned to 64. @throws OutOfMemoryError */
  allocate(byteLength: number): number;
  release(at: number): void;
  readonly liveBlocks: number;
  readonly liveBytes: number;
  readonly reservedBytes: number;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** An allocator of everything from `base` on; it grows the memory up to its own maximum of `maximumBytes`. */
export const createAllocator = (memory: WebAssembly.Memory, base: number, maximumBytes: number): Allocator => {
  const live = new Map<number, { readonly byteLength: number; readonly size: number }>();
  const free: { at: number; size: number }[] = [];
  let top = roundUp(base, alignment);
  let liveBytes = 0;

  const grow = (needed: number, byteLength: number): void => {
    const held = memory.buffer.byteLength;
    if (needed <= held) return;
    const wanted = Math.min(maximumBytes, Math.max(needed, held + Math.max(growthBytes, held / 8)));
    for (const size of needed > maximumBytes ? [] : [wanted, needed]) {
      try {
        memory.grow(Math.ceil((size - held) / pageBytes));
        return;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    throw new OutOfMemoryError(
      `there is no room for ${byteLength} bytes on the WASM device: ${liveBytes} bytes are live in ${live.size} buffers, ` +
        `${held} bytes are reserved and the limit is ${maximumBytes}; release tensors, or work in smaller batches`,
    );
  };

  const bestFit = (size: number): number => {
    let best = -1;
    free.forEach((block, i) => {
      if (block.size >= size && (best < 0 || block.size < (free[best]?.size ?? 0))) best = i;
    });
    return best;
  };

  const take = (size: number, byteLength: number): number => {
    const index = bestFit(size);
    const block = free[index];
    if (block) {
      const { at } = block;
      block.at += size;
      block.size -= size;
      if (block.size === 0) free.splice(index, 1);
      return at;
    }
    grow(top + size + slack, byteLength);
    const at = top;
    top += size;
    return at;
  };

  const giveBack = (at: number, size: number): void => {
    let low = 0;
    let high = free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((free[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    free.splice(low, 0, { at, size });
    for (const i of [low, low - 1]) {
      const [left, right] = [free[i], free[i + 1]];
      if (left && right && left.at + left.size === right.at) {
        left.size += right.size;
        free.splice(i + 1, 1);
      }
    }
    const last = free[free.length - 1];
    if (last && last.at + last.size === top) {
      top = last.at;
      free.pop();
    }
  };

  return {
    allocate: (byteLength) => {
      const size = roundUp(byteLength + padding, alignment);
      const at = take(size, byteLength);
      live.set(at, { byteLength, size });
      liveBytes += byteLength;
      return at;
    },
    release: (at) => {
      const block = live.get(at);
      if (!block) return;
      live.delete(at);
      liveBytes -= block.byteLength;
      giveBack(at, block.size);
    },
    get liveBlocks() {
      return live.size;
    },
    get liveBytes() {
      return liveBytes;
    },
    get reservedBytes() {
      return memory.buffer.byteLength;
    },
  };
};
