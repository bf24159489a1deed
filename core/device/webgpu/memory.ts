// GPU memory in buffers that are kept for the next tensor of their size. A buffer that is given back may still be read by
// queued work: it is safe to hand out again, since the queue runs in order, and safe to destroy, since WebGPU lets
// submitted work finish.
import { ArgumentError, describeType, type TensorType } from "@millrace/kernels";
import { OutOfMemoryError } from "../error.ts";

/** One GPU buffer; `id` names it in the keys of cached bind groups. */
export interface MemoryBlock {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly byteLength: number;
}

/** Most bytes that wait in the pool where the device is opened with no bound of its own. */
const pooledBytesLimit = 256 * 2 ** 20;
/** Most bytes of mapped staging buffers that wait for the next read. */
const stagingBytesLimit = 64 * 2 ** 20;

const storageUsage = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST
const stagingUsage = 0x01 | 0x08; // MAP_READ | COPY_DST

/** Sizes are rounded up by at most an eighth, so that blocks fit again when sizes vary a little. */
const roundUp = (byteLength: number, limit: number): number => {
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(Math.max(byteLength, 1))) - 3));
  const rounded = Math.ceil(Math.max(byteLength, 4) / step) * step;
  return rounded <= limit ? rounded : Math.ceil(byteLength / 4) * 4;
};

/** Takes from a list the last block that `fits`. */
const takeLast = <Item>(items: Item[], fits: (item: Item) => boolean): Item | undefined => {
  const at = items.findLastIndex(fits);
  return at < 0 ? undefined : items.splice(at, 1)[0];
};

/** See the head of the file. */
export class GPUMemory {
  readonly #device: GPUDevice;
  readonly #largest: number;
  readonly #idle: MemoryBlock[] = [];
  readonly #staging: GPUBuffer[] = [];
  #lastId = 0;
  #closed = false;
  /** Bytes held from the system: in use and waiting. */
  reservedBytes = 0;
  #idleBytes = 0;

  /** Most bytes that wait for reuse. A block given back beyond it drives out those that waited longest. */
  readonly poolBytes: number;

  constructor(device: GPUDevice, poolBytes = Math.min(pooledBytesLimit, device.limits.maxBufferSize)) {
    if (!(poolBytes >= 0)) throw new ArgumentError(`poolBytes must be a number of bytes from 0, but is ${poolBytes}`);
    this.poolBytes = poolBytes;
    this.#device = device;
    this.#largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  }

  /** A block of at least `byteLength` bytes; its content is undefined. @throws OutOfMemoryError past the device's limit. */
  take(byteLength: number, type?: TensorType): MemoryBlock {
    if (byteLength > this.#largest)
      throw new OutOfMemoryError(
        `${type ? `${describeType(type)} of` : "a buffer of"} ${byteLength} bytes is past this GPU's limit of ${this.#largest} bytes a binding (${this.reservedBytes} bytes are held); split the tensor or use the "wasm" device`,
      );
    const size = roundUp(byteLength, this.#largest);
    const waiting = takeLast(this.#idle, (block) => block.byteLength === size);
    if (waiting) {
      this.#idleBytes -= size;
      return waiting;
    }
    this.reservedBytes += size;
    this.#lastId += 1;
    return {
      id: this.#lastId,
      buffer: this.#device.createBuffer({ size, usage: storageUsage }),
      byteLength: size,
    };
  }

  /** Gives a block back to the pool. */
  giveBack(block: MemoryBlock): void {
    if (this.#closed) return;
    this.#idle.push(block);
    this.#idleBytes += block.byteLength;
    while (this.#idleBytes > this.poolBytes) {
      const oldest = this.#idle.shift();
      if (!oldest) break;
      this.#idleBytes -= oldest.byteLength;
      this.reservedBytes -= oldest.byteLength;
      oldest.buffer.destroy();
    }
  }

  /**
   * Copies out the first `byteLength` bytes of a block as they are after all work queued so far. Each read has a staging
   * buffer of its own, so that any number may be on their way while later work is queued: nothing waits for them.
   */
  async read(block: MemoryBlock, byteLength: number): Promise<ArrayBuffer> {
    const size = roundUp(byteLength, this.#device.limits.maxBufferSize);
    const staging =
      takeLast(this.#staging, (buffer) => buffer.size === size) ??
      this.#device.createBuffer({ size, usage: stagingUsage });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(block.buffer, 0, staging, 0, byteLength);
    this.#device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(0x01, 0, byteLength);
    } catch (error) {
      staging.destroy();
      throw error;
    }
    const copy = staging.getMappedRange(0, byteLength).slice(0);
    staging.unmap();
    this.#staging.push(staging);
    let waiting = this.#staging.reduce((sum, buffer) => sum + buffer.size, 0);
    while (waiting > stagingBytesLimit) {
      const oldest = this.#staging.shift();
      if (!oldest) break;
      waiting -= oldest.size;
      oldest.destroy();
    }
    return copy;
  }

  /** Destroys what waits, for good: the device is about to be destroyed with all that is in use. */
  close(): void {
    this.#closed = true;
    for (const block of this.#idle.splice(0)) block.buffer.destroy();
    for (const buffer of this.#staging.splice(0)) buffer.destroy();
    this.#idleBytes = 0;
    this.reservedBytes = 0;
  }
}
