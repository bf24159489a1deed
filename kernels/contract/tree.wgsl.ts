// Combining the values of a workgroup's threads on WebGPU in one order: neighbours in pairs, then pairs of pairs, up to all.
// Where the device has subgroups, their threads exchange values without memory or barriers: 2 barriers instead of 9 for
// subgroups of 16 and more. The pairs are the same, so the bits are the same for subgroups of any size, and without.
import { workgroupSize } from "./dispatch.wgsl.ts";
import type { DeviceTraits } from "./kernel.ts";

/**
 * Neighbouring threads that can exchange values: the least size of a subgroup, since a larger one is several of these. 1 where
 * kernels cannot know who is in a subgroup.
 */
export const subgroupLanes = ({ features, limits }: DeviceTraits): number =>
  features.has("subgroups") && features.has("subgroup_id") ? (limits.subgroupMinSize ?? 1) : 1;

/** What a module that uses subgroups begins with. */
export const subgroupDirectives = "enable subgroups;\nrequires subgroup_id;";

const exchange = (combine: string, below: number): string =>
  `for (var distance = 1u; distance < ${below}u; distance *= 2u) {
    let y = subgroupShuffleXor(x, distance);
    x = ${combine};
  }`;

const bySubgroups = (combine: string, lanes: number): string => {
  const rounds: string[] = [exchange(combine, lanes)];
  for (let [from, count] = [workgroupSize, workgroupSize / lanes]; count > 1; [from, count] = [count, count / lanes]) {
    const writes = from === workgroupSize ? "" : `lane < ${from}u && `;
    rounds.push(`workgroupBarrier();
  if (${writes}lane % ${lanes}u == 0u) { partial[lane / ${lanes}u] = x; }
  workgroupBarrier();
  x = partial[lane % ${count}u];
  ${exchange(combine, Math.min(count, lanes))}`);
  }
  return `var x = value;
  ${rounds.join("\n  ")}
  return x;`;
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
 * @param lanes see subgroupLanes; to be told to `entry` too
 */
export const workgroupTrees = (
  element: string,
  lanes: number,
  combinations: Readonly<Record<string, string>>,
): string =>
  [
    ...(lanes > 1 ? [subgroupDirectives] : []),
    `var<workgroup> partial: array<${element}, ${lanes > 1 ? workgroupSize / lanes : 2 * workgroupSize}>;`,
    ...Object.entries(combinations).map(
      ([name, combine]) => `fn ${name}(value: ${element}, lane: u32) -> ${element} {
  ${lanes > 1 ? bySubgroups(combine, lanes) : byMemory(combine)}
}`,
    ),
  ].join("\n");
