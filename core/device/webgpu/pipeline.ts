// Compute pipelines by source: compiled once a device, asynchronously, any number at a time. The source is the truth about
// its bindings; the layout is read from its declarations.
import type { WebGPULaunch } from "@millrace/kernels";
import { DeviceFaultError } from "../error.ts";

/** Most words of a launch's parameters. */
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
 * The module as it is compiled: `parameter(i)` becomes a word of a uniform buffer that is bound behind the launch's own
 * buffers. Directives must stay in front of declarations.
 */
export const moduleText = ({ source, bindings, parameters = [] }: WebGPULaunch): string => {
  const directives = [...source.matchAll(/^(?:enable|requires) [^;]*;$/gm)].map(([line]) => line);
  const rest = source.replace(/^(?:enable|requires) [^;]*;\n?/gm, "");
  if (parameters.length === 0) return [...directives, rest].join("\n");
  return [
    ...directives,
    `struct Parameters { ${parameters.map((_, i) => `p${i}: u32`).join(", ")} }`,
    `@group(0) @binding(${bindings.length}) var<uniform> parameters: Parameters;`,
    rest.replace(/\bparameter\((\d+)\)/g, "parameters.p$1"),
  ].join("\n");
};

/** Compiles and keeps the pipelines of one device. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Number of pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The pipeline of a launch. @throws DeviceFaultError with the compiler's message when its source is refused. */
  get(launch: WebGPULaunch): Promise<Pipeline> {
    const text = moduleText(launch);
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
    const types: GPUBufferBindingType[] = bindingAccesses(launch.source).map((access) =>
      access === "read" ? "read-only-storage" : "storage",
    );
    const layout = this.#layoutOf(launch.parameters?.length ? [...types, "uniform"] : types);
    const module = device.createShaderModule({ code: text });
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
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

  #layoutOf(types: readonly GPUBufferBindingType[]): GPUBindGroupLayout {
    const key = types.join();
    const known = this.#layouts.get(key);
    if (known) return known;
    const layout = this.#device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // COMPUTE
    });
    this.#layouts.set(key, layout);
    return layout;
  }
}
