// What a device holds once the collector has been.
import type { Device, DeviceMemory } from "@millrace/core";

/** Memory held once everything unreachable has been collected: the count no longer falls over five collections. */
export const settled = async (device: Device): Promise<DeviceMemory> => {
  let last = device.memory;
  for (let quiet = 0; quiet < 5; ) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    quiet = device.memory.liveBuffers === last.liveBuffers ? quiet + 1 : 0;
    last = device.memory;
  }
  return { ...last };
};
