// Every case of every kernel's contract on this machine's GPU against the float64 references, as JSON.
// node contract.ts FILE [--software] [OP ...]
import { writeFileSync } from "node:fs";
import { openDevice } from "@millrace/core";
import { ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { checkCase, describeCase, seedOfCase } from "../../test/kernels/contract-runner.ts";

const [file = "contract.json", ...words] = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith("--"));
using device = await openDevice("webgpu", { software: words.includes("--software") });

const unknown = wanted.filter((name) => !ops.has(name));
if (unknown.length > 0) {
  console.error(`no op called ${unknown.join(", ")}; there are ${[...ops.keys()].join(", ")}`);
  process.exit(2);
}
const failures: string[] = [];
let cases = 0;
for (const op of ops.values()) {
  if (wanted.length > 0 && !wanted.includes(op.name)) continue;
  const own = checks.get(op.name)?.cases ?? [];
  console.error(`${op.name}: ${own.length} cases`);
  for (const [i, call] of own.entries()) {
    cases += 1;
    const failure = await checkCase(device, op, call, seedOfCase(i)).catch((error: unknown) => String(error));
    if (failure) failures.push(`${op.name} of ${describeCase(call)}: ${failure}`);
  }
}
const fallbacks = device.fallbacks.map(({ message }) => message);
writeFileSync(file, `${JSON.stringify({ device: device.name, cases, failures, fallbacks }, null, 2)}\n`);
console.log(`${device.name}: ${cases} cases of the kernels' contracts, ${failures.length} failed; ${file}`);
// Dawn would keep the process.
process.exit(failures.length > 0 ? 1 : 0);
