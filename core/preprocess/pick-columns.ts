// A stage with some of its columns: neighbours are cut out together.
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import type { Stage } from "./numeric-step.ts";

/** @param kept places, rising */
export const pickColumns = ({ matrix, present }: Stage, kept: readonly number[]): Stage => {
  const rows = matrix.shape[0] ?? 0;
  if (kept.length === matrix.shape[1]) return { matrix, present };
  const runs: { from: number; size: number }[] = [];
  for (const column of kept) {
    const last = runs.at(-1);
    if (last && last.from + last.size === column) last.size++;
    else runs.push({ from: column, size: 1 });
  }
  const pick = (from: Tensor): Tensor =>
    concatenate(
      runs.map((run) => from.slice([0, run.from], [rows, run.size])),
      1,
    );
  return { matrix: pick(matrix), present: present && pick(present) };
};
