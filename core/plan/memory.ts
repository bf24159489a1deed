// Memory of a plan by liveness: temporaries share slots when they are not alive together; an element-wise step may take
// over the memory of an input that dies in it; a donated argument's memory becomes that of a result of its type.
import { sameType, type TensorType } from "@millrace/kernels";
import type { Slot } from "./plan.ts";

/** One piece of memory before slots are given out: a step's output, an argument, or a constant. */
export interface Storage {
  readonly type: TensorType;
  readonly byteLength: number;
  /** An argument whose content stays from run to run. */
  readonly constant?: true;
  /** Index of the step that writes it; -1 for arguments and constants. */
  readonly writer: number;
  /** Index of the last step that reads it; -1 if none does. */
  lastReader: number;
  /** Slot, once given. */
  slot: number;
}

/** Slots under construction. */
export interface SlotTable {
  readonly slots: Slot[];
  add(slot: Slot): number;
}

export const slotTable = (): SlotTable => {
  const slots: Slot[] = [];
  return { slots, add: (slot) => slots.push(slot) - 1 };
};

/** A step as the allocator sees it. */
export interface StepStorage {
  readonly inputs: readonly Storage[];
  readonly outputs: readonly Storage[];
  /** Inputs whose elements are read at the output's own position only, so that an output may overwrite them. */
  readonly overwritable: readonly boolean[];
}

/**
 * Gives every output a slot and returns, for each step, which input each output takes over (-1: none).
 * Storages that already have a slot (externals, constants) keep it.
 */
export const assignSlots = (steps: readonly StepStorage[], table: SlotTable): number[][] => {
  const free: number[] = [];
  const temporaries = new Set<Storage>();
  const dying: Storage[][] = steps.map(() => []);
  return steps.map((step, at) => {
    const taken = new Set<Storage>();
    const aliases = step.outputs.map((output) => {
      if (output.slot >= 0)
        return step.inputs.findIndex((input, i) => input.slot === output.slot && (step.overwritable[i] ?? false));
      const found = step.inputs.findIndex(
        (input, i) =>
          (step.overwritable[i] ?? false) &&
          temporaries.has(input) &&
          input.lastReader === at &&
          !taken.has(input) &&
          sameType(input.type, output.type),
      );
      const input = step.inputs[found];
      if (input) {
        taken.add(input);
        temporaries.delete(input);
        output.slot = input.slot;
      } else output.slot = takeFree(free, table, output.byteLength);
      temporaries.add(output);
      dying[Math.max(output.lastReader, at)]?.push(output);
      return found;
    });
    for (const storage of dying[at] ?? []) if (temporaries.delete(storage)) putFree(free, table, storage.slot);
    return aliases;
  });
};

const sizeOfSlot = (table: SlotTable, slot: number | undefined): number => table.slots[slot ?? -1]?.byteLength ?? 0;

/** Place of the first of the free slots, which stand by size, that is larger (or also as large as) a number of bytes. */
const placeIn = (free: readonly number[], table: SlotTable, byteLength: number, orEqual: boolean): number => {
  let [low, high] = [0, free.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const size = sizeOfSlot(table, free[middle]);
    if (orEqual ? size >= byteLength : size > byteLength) high = middle;
    else low = middle + 1;
  }
  return low;
};

const putFree = (free: number[], table: SlotTable, slot: number): void => {
  free.splice(placeIn(free, table, sizeOfSlot(table, slot), false), 0, slot);
};

/** The smallest free slot that is large enough, else the largest grown, else a new one. */
const takeFree = (free: number[], table: SlotTable, byteLength: number): number => {
  const [slot] = free.splice(Math.min(placeIn(free, table, byteLength, true), free.length - 1), 1);
  if (slot === undefined) return table.add({ kind: "temporary", byteLength });
  if (sizeOfSlot(table, slot) < byteLength) table.slots[slot] = { kind: "temporary", byteLength };
  return slot;
};
