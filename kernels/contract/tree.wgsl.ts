// Combining the values of a workgroup's threads on WebGPU in one order: neighbours in pairs, then pairs of pairs, up to all.
// Where the device has subgroups, that takes 2 barriers instead of 9 for subgroups of 16 and more. The pairs are the same, so
// the bits are the same for subgroups of any size, and without.
import { workgroupSize } from "./dispatch.wgsl.ts";
import type { DeviceTraits } from "./kernel.ts";

/** Texts of kernels on a device with subgroups: see webgpu-subgroups.ts. */
export interface Subgroups {
  /** Neighbouring threads that exchange values: the least size of a subgroup, since a larger one is several of these. */
  readonly lanes: number;
  readonly directives: string;
  /** The end of the entry point's parameters: `own` is the thread in its subgroup; `lane` goes along subgroups. */
  readonly entry: string;
  /** The body of a function of workgroupTrees. */
  readonly tree: (combine: string) => string;
}

let loaded: ((lanes: number) => Subgroups) | undefined;

/** Subgroups of fewer than two, or whose threads cannot know which they are, are of no use. */
const lanesOf = ({ features, limits }: DeviceTraits): number =>
  features.has("subgroups") && features.has("subgroup_id") ? (limits.subgroupMinSize ?? 1) : 1;

/** Loads what `subgroupsOf` gives; to be awaited before kernels for the device are lowered, which do without otherwise. */
export const loadSubgroups = async (device: DeviceTraits): Promise<void> => {
  if (lanesOf(device) > 1) loaded ??= (await import("../webgpu-subgroups.ts")).subgroupTexts;
};

/** A device's subgroups, if it has any. */
export const subgroupsOf = (device: DeviceTraits): Subgroups | undefined => {
  const lanes = lanesOf(device);
  return lanes > 1 ? loaded?.(lanes) : undefined;
};

const byMemory = (combine: string): string => `workgroupBarrier();
  partial[lane + ${workgroupSize}u] = value;
  for (var width = ${workgroupSize / 2}u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) {
      let x = partial[2u * (width + lane)];
      let y = partial[2u * (width + lane) + 1u];
      partial[width + lane] = ${combine};
    }
  }
  workgroupBarrier();
  return partial[1];`;

/**
 * WGSL functions `name(value, lane)` that give every thread of a workgroup of 256 what all their values combine to.
 * @param combinations for each name, WGSL of `x` and `y`
 * @param subgroups to be told to `entry` too
 */
export const workgroupTrees = (
  element: string,
  subgroups: Subgroups | undefined,
  combinations: Readonly<Record<string, string>>,
): string =>
  [
    subgroups?.directives,
    `var<workgroup> partial: array<${element}, ${2 * workgroupSize}>;`,
    ...Object.entries(combinations).map(
      ([name, combine]) => `fn ${name}(value: ${element}, lane: u32) -> ${element} {
  ${subgroups?.tree(combine) ?? byMemory(combine)}
}`,
    ),
  ]
    .filter(Boolean)
    .join("\n");
