// Compute pipelines by source: compiled once a device, asynchronously, any number at a time. The source is the truth about
// its bindings; the layout is read from its declarations.
import type { WebGPULaunch } from "@millrace/kernels";
import { DeviceFaultError } from "../error.ts";

/** Most words of parameters: the size of immediates. */
export const mostParameters = 16;

/** A pipeline and what is needed to bind to it. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** "read" or "read_write" of each binding of group 0, in order. */
export const bindingAccesses = (source: string): ("read" | "read_write")[] => {
  const accesses: ("read" | "read_write")[] = [];
  for (const [, binding, access] of source.matchAll(/@group\(0\) @binding\((\d+)\) var<storage, (read|read_write)>/g))
    accesses[Number(binding)] = access === "read" ? "read" : "read_write";
  return accesses;
};

/**
 * The module as it is compiled: `parameter(i)` becomes a word of immediates, or of a uniform buffer at group 1 on a device
 * without them. Directives must stay in front of declarations.
 */
export const moduleText = (launch: WebGPULaunch, immediates: boolean): string => {
  const count = launch.parameters?.length ?? 0;
  const directives = [...launch.source.matchAll(/^(?:enable|requires) [^;]*;$/gm)].map(([line]) => line);
  const rest = launch.source.replace(/^(?:enable|requires) [^;]*;\n?/gm, "");
  if (count === 0) return [...directives, rest].join("\n");
  const words = Array.from({ length: count }, (_, i) => `p${i}: u32`).join(", ");
  return [
    ...(immediates ? ["requires immediate_address_space;"] : []),
    ...directives,
    `struct Parameters { ${words} }`,
    `${immediates ? "var<immediate>" : "@group(1) @binding(0) var<uniform>"} parameters: Parameters;`,
    rest.replace(/\bparameter\((\d+)\)/g, "parameters.p$1"),
  ].join("\n");
};

/** Compiles and keeps the pipelines of one device. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #immediates: boolean;
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  /** Layout of the uniform buffer that stands in for immediates. */
  readonly parameterLayout: GPUBindGroupLayout;

  constructor(device: GPUDevice, immediates: boolean) {
    this.#device = device;
    this.#immediates = immediates;
    this.parameterLayout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: 4, buffer: { type: "uniform", hasDynamicOffset: true } }],
    });
  }

  /** Number of pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The pipeline of a launch. @throws DeviceFaultError with the compiler's message when its source is refused. */
  get(launch: WebGPULaunch): Promise<Pipeline> {
    const text = moduleText(launch, this.#immediates);
    const key = `${launch.entryPoint ?? "main"}\n${text}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const made = this.#compile(launch, text);
    this.#pipelines.set(key, made);
    made.catch(() => this.#pipelines.delete(key));
    return made;
  }

  async #compile(launch: WebGPULaunch, text: string): Promise<Pipeline> {
    const device = this.#device;
    device.pushErrorScope("validation");
    const layout = this.#layoutOf(bindingAccesses(launch.source));
    const module = device.createShaderModule({ code: text });
    const hasParameters = (launch.parameters?.length ?? 0) > 0;
    const pipelineLayout = device.createPipelineLayout({
      bindGroupLayouts: hasParameters && !this.#immediates ? [layout, this.parameterLayout] : [layout],
      immediateSize: hasParameters && this.#immediates ? 4 * mostParameters : 0,
    });
    const refused = device.popErrorScope();
    try {
      const pipeline = await device.createComputePipelineAsync({
        layout: pipelineLayout,
        compute: { module, entryPoint: launch.entryPoint ?? "main" },
      });
      return { pipeline, layout };
    } catch (error) {
      const why = (await refused)?.message ?? String(error);
      throw new DeviceFaultError(`the GPU's compiler refused a kernel: ${why}\n${text}`);
    }
  }

  #layoutOf(accesses: readonly ("read" | "read_write")[]): GPUBindGroupLayout {
    const key = accesses.join(" ");
    const known = this.#layouts.get(key);
    if (known) return known;
    const layout = this.#device.createBindGroupLayout({
      entries: accesses.map((access, binding) => ({
        binding,
        visibility: 4, // COMPUTE
        buffer: { type: access === "read" ? "read-only-storage" : "storage" },
      })),
    });
    this.#layouts.set(key, layout);
    return layout;
  }
}
