// The GPU's own clock around one pass, for profiles.

/** Where a pass writes its begin and end. */
export interface Timestamps extends Disposable {
  readonly writes: GPUComputePassTimestampWrites;
  /** Copies the two into the readable buffer, after the pass. */
  resolve(encoder: GPUCommandEncoder): void;
  /** Nanoseconds from begin to end, once the work is done. 0 when nothing was launched. */
  read(): Promise<number>;
}

/** A pair of timestamps on a device with the feature "timestamp-query". */
export const openTimestamps = (gpu: GPUDevice): Timestamps => {
  const querySet = gpu.createQuerySet({ type: "timestamp", count: 2 });
  const resolved = gpu.createBuffer({ size: 16, usage: 0x0200 | 0x0004 }); // QUERY_RESOLVE | COPY_SRC
  const readable = gpu.createBuffer({ size: 16, usage: 0x0001 | 0x0008 }); // MAP_READ | COPY_DST
  let used = false;
  return {
    writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve(encoder) {
      used = true;
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16);
    },
    async read() {
      if (!used) return 0;
      await readable.mapAsync(0x0001);
      const [begin = 0n, end = 0n] = new BigUint64Array(readable.getMappedRange().slice(0));
      readable.unmap();
      return Number(end - begin);
    },
    [Symbol.dispose]() {
      querySet.destroy();
      resolved.destroy();
      readable.destroy();
    },
  };
};
