// The device that is used when none is named.
import type { Device } from "./device.ts";
import { openDevice } from "./open-device.ts";

let current: Promise<Device> | undefined;

/** The default device, opened at first use as openDevice() does. */
export const defaultDevice = (): Promise<Device> => {
  current ??= openDevice();
  return current;
};

/** Makes a device the default for tensors that are on none yet; undefined goes back to openDevice()'s choice. */
export const setDefaultDevice = (device: Device | undefined): void => {
  current = device && Promise.resolve(device);
};
