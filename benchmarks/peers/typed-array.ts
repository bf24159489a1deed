// What the language itself has for order: Float32Array.prototype.sort, on a copy that stands ready. One thread always.
import type { OpenParticipant, Prepared } from "../participant.ts";
import { taskOf } from "../workloads/index.ts";

const open: OpenParticipant = async () => ({
  name: "typed-array",
  version: process.versions.v8,
  device: "JavaScript (1 thread)",
  prepare: async (workload): Promise<Prepared | undefined> => {
    if (workload.kind !== "sort" && workload.kind !== "top-k") return undefined;
    const { rows, columns } = workload;
    const [input] = taskOf(workload).inputs();
    const from = input?.data ?? new Float32Array(rows * columns);
    const sorted = new Float32Array(rows * columns);
    const run = (): void => {
      sorted.set(from);
      for (let row = 0; row < rows; row++) sorted.subarray(row * columns, (row + 1) * columns).sort();
    };
    return {
      run,
      output: async () => {
        run();
        if (workload.kind === "sort") return sorted;
        const kept = new Float32Array(rows * workload.k);
        for (let row = 0; row < rows; row++)
          for (let i = 0; i < workload.k; i++)
            kept[row * workload.k + i] = sorted[(row + 1) * columns - 1 - i] ?? Number.NaN;
        return kept;
      },
      dispose: () => {},
    };
  },
});

export default open;
