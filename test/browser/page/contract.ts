// Runs in the page: every case of every op on one device, compared with the references there.
import { ops, type Tiles } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { defaultTiles } from "@millrace/kernels/tuning";
import { openDevice } from "../../../core/device/open-device.ts";
import { openWebGPUDevice } from "../../../core/device/webgpu/index.ts";
import { checkCase, describeCase, hashEveryCase, seedOfCase } from "../../kernels/contract-runner.ts";

/** What a test learns of a run in the page. */
export interface ContractReport {
  readonly device: string;
  readonly isolated: boolean;
  readonly cases: number;
  readonly ops: readonly string[];
  readonly failures: readonly string[];
}

/** The smallest tiles that there are: a software GPU compiles the real ones, which Node's suites run, for seconds each. */
const tiles: Tiles = {
  ...defaultTiles,
  tiles: [{ rows: 8, columns: 8, depth: 4, ownRows: 4, ownColumns: 4, ahead: true }],
};

/** Runs the suite on `openDevice(kind, options)`. */
export const runContract = async (
  kind: "webgpu" | "wasm",
  options: { software?: boolean; deterministic?: boolean; threads?: number },
): Promise<ContractReport> => {
  using device = await (kind === "webgpu" ? openWebGPUDevice({ ...options, tiles }) : openDevice(kind, options));
  const failures: string[] = [];
  let cases = 0;
  for (const op of ops.values()) {
    for (const [i, call] of (checks.get(op.name)?.cases ?? []).entries()) {
      cases += 1;
      const failure = await checkCase(device, op, call, seedOfCase(i)).catch((error: unknown) => String(error));
      if (failure) failures.push(`${op.name} of ${describeCase(call)}: ${failure}`);
    }
  }
  return { device: device.name, isolated: crossOriginIsolated, cases, ops: [...ops.keys()], failures };
};

/** The bits of every case on strict WASM. */
export const hashContract = async (threads: number): Promise<string[]> => {
  using device = await openDevice("wasm", { deterministic: true, threads });
  return await hashEveryCase(device);
};
