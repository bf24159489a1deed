// Opens WebGPU devices for tests: on SwiftShader, on Dawn's null backend (validates, computes nothing), and with the
// underlying GPUDevice at hand.
import type { Tiles } from "@millrace/kernels";
import { create } from "webgpu";
import { openWebGPUDevice, type WebGPUDevice } from "../../../core/device/webgpu/index.ts";

/** A device with the browser's own object beneath it. */
export interface OpenedGPU {
  readonly device: WebGPUDevice;
  readonly raw: GPUDevice;
}

/** Where a test's adapters come from. */
export interface GPUSource {
  readonly backend: "software" | "null";
  /** Leave timestamps out of the adapter's features, as many phones do. */
  readonly withoutTimestamps?: boolean;
  /** The least size of a subgroup that the adapter tells; 1 leaves subgroups out of its features. */
  readonly subgroupLanes?: number;
  /** Where tuned tiles are kept. */
  readonly cacheFolder?: string;
  /** How products are cut, where not by shape alone. */
  readonly tiles?: Tiles;
}

/** Dawn's entries are held to the end: Dawn crashes when one is collected while an event is on its way. */
const held: GPU[] = [];

/** An entry of Dawn with options of its own. */
export const createEntry = (options: string[]): GPU => {
  const entry = create(options);
  held.push(entry);
  return entry;
};

/** Opens a device on an entry of its own. */
export const openGPU = async ({ backend, withoutTimestamps, subgroupLanes, ...own }: GPUSource): Promise<OpenedGPU> => {
  const entry = createEntry(backend === "null" ? ["backend=null"] : []);
  let raw: GPUDevice | undefined;
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await entry.requestAdapter(options);
    if (!adapter) return null;
    const without = [...(withoutTimestamps ? ["timestamp-query"] : []), ...(subgroupLanes === 1 ? ["subgroups"] : [])];
    const features = new Set([...adapter.features].filter((name) => !without.includes(name)));
    return proxy(adapter, {
      features,
      requestDevice: async (descriptor?: GPUDeviceDescriptor) => {
        raw = await adapter.requestDevice(descriptor);
        return subgroupLanes ? proxy(raw, { adapterInfo: { subgroupMinSize: subgroupLanes } }) : raw;
      },
    });
  };
  const gpu = proxy(entry, { requestAdapter });
  const device = await openWebGPUDevice({ gpu, software: backend === "software", ...own });
  if (!raw) throw new Error("the device was opened without asking the adapter");
  return { device, raw };
};

/** The object with some members replaced; methods of native objects want their own `this`. */
const proxy = <T extends object>(target: T, replaced: Readonly<Record<string, unknown>>): T =>
  new Proxy(target, {
    get(_, name) {
      if (typeof name === "string" && name in replaced) return replaced[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
