// What WebGPU kernels write where the device has subgroups, whose threads exchange values without memory or barriers. Loaded with
// the first plan on such a device.
import { workgroupSize } from "./contract/dispatch.wgsl.ts";
import type { Subgroups } from "./contract/tree.wgsl.ts";

const exchange = (combine: string, below: number): string =>
  `for (var distance = 1u; distance < ${below}u; distance *= 2u) {
    let y = subgroupShuffleXor(x, distance);
    x = ${combine};
  }`;

/** The texts for blocks of `lanes` neighbours. */
export const subgroupTexts = (lanes: number): Subgroups => ({
  lanes,
  directives: "enable subgroups;\nrequires subgroup_id;",
  entry: `  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_size) subgroupSize: u32,
  @builtin(subgroup_invocation_id) own: u32,
) {
  let lane = subgroup * subgroupSize + own;`,
  tree: (combine) => {
    const rounds: string[] = [exchange(combine, lanes)];
    for (
      let [from, count] = [workgroupSize, workgroupSize / lanes];
      count > 1;
      [from, count] = [count, count / lanes]
    ) {
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
  },
});
