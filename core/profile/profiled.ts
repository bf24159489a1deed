// The doors to profiling, loaded at the first call: few pages profile.
import type { Device } from "../device/device.ts";
import type { DeviceRoof } from "../plan/predict.ts";
import type { Profile, ProfileOptions } from "./profile.ts";

/**
 * Runs a function and times every step of every plan that runs on the device meanwhile, whoever asked for it. Results are
 * the same; steps run apart, each waited for, so that the whole takes longer and holds its temporaries a second time.
 * @throws ArgumentError when the device is being profiled already; what the function throws
 * @example
 * const profile = await profiled(device, async () => void (await step(weights, batch)));
 * console.log(describeProfile(profile));
 */
export const profiled = async (device: Device, fn: () => unknown, options: ProfileOptions = {}): Promise<Profile> =>
  (await import("./profile.ts")).profiled(device, fn, options);

/**
 * Measures a device's roof, about 0.2 s; once a device. Undefined for the reference device, whose speed means nothing.
 * @example const roof = await measureRoof(device); // { flopsPerSecond: 9.6e10, bandwidths: [...] }
 */
export const measureRoof = async (device: Device): Promise<DeviceRoof | undefined> =>
  (await import("./roof.ts")).measureRoof(device);
