// What a training used, by kernel: counts are exact, from the plans that ran; seconds are the measured time of the loop,
// shared among kernels in proportion to their work at 40 GFLOP/s and 10 GB/s.
import type { PlanCost } from "../plan/plan.ts";

/** Use of one kernel on one device. */
export interface KernelUsage {
  readonly kernel: string;
  readonly device: string;
  readonly calls: number;
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
}

type Counts = Omit<KernelUsage, "kernel" | "device">;

const weightOf = ({ flops, bytes }: { readonly flops: number; readonly bytes: number }): number =>
  flops / 4e10 + bytes / 1e10 + 1e-7;

/** Collects use and hands it on in deltas. */
export class UsageMeter {
  readonly #device: string;
  readonly #pending = new Map<string, Counts>();
  readonly #total = new Map<string, Counts>();
  readonly #onUsage: ((use: KernelUsage) => void) | undefined;

  constructor(device: string, onUsage: ((use: KernelUsage) => void) | undefined) {
    this.#device = device;
    this.#onUsage = onUsage;
  }

  /** Adds runs of a plan that together took some seconds. */
  addPlan(cost: PlanCost, runs: number, seconds: number): void {
    const kernels = [...cost.byKernel];
    const total = kernels.reduce((sum, [, work]) => sum + weightOf(work), 0);
    for (const [kernel, { calls, flops, bytes }] of kernels)
      this.add(kernel, {
        calls: calls * runs,
        flops: flops * runs,
        bytes: bytes * runs,
        seconds: (seconds * weightOf({ flops, bytes })) / total,
      });
  }

  /** Adds use of one kernel, or of work on the host. */
  add(kernel: string, use: Counts): void {
    for (const counts of [this.#pending, this.#total]) {
      const own = counts.get(kernel) ?? { calls: 0, flops: 0, bytes: 0, seconds: 0 };
      counts.set(kernel, {
        calls: own.calls + use.calls,
        flops: own.flops + use.flops,
        bytes: own.bytes + use.bytes,
        seconds: own.seconds + use.seconds,
      });
    }
  }

  /** Hands on what was added since the last flush. */
  flush(): void {
    for (const [kernel, counts] of this.#pending) this.#onUsage?.({ kernel, device: this.#device, ...counts });
    this.#pending.clear();
  }

  /** Everything so far. */
  get total(): KernelUsage[] {
    return [...this.#total].map(([kernel, counts]) => ({ kernel, device: this.#device, ...counts }));
  }
}
