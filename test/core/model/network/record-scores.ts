// Writes measured.json, this library's own scores over ten seeds beside scikit-learn's: they take minutes, so the tests run
// some of the seeds again, to the last bit, and hold all ten to scikit-learn's mean.
// Run: npx node --conditions=millrace-source test/core/model/network/record-scores.ts
import { writeFileSync } from "node:fs";
import { openDevice } from "@millrace/core";
import { treeTable } from "../tree/forest-fixture.ts";
import { activations, folder, perceptronScore, readNetworks } from "./perceptron-score.ts";

using device = await openDevice("wasm", { deterministic: true, threads: 1 });
const measured: Record<string, Record<string, number[]>> = {};
for (const [name, recorded] of Object.entries<Record<string, { mean: number }>>(readNetworks("scores.json").tables))
  for (const activation of activations) {
    const scores: number[] = [];
    for (let seed = 0; seed < 10; seed++)
      scores.push(await perceptronScore(treeTable(name as Parameters<typeof treeTable>[0]), activation, seed, device));
    measured[name] = { ...measured[name], [activation]: scores };
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    console.log(`${name} ${activation}: ${mean.toFixed(4)}, scikit-learn ${recorded[activation]?.mean.toFixed(4)}`);
  }
writeFileSync(new URL("measured.json", folder), `${JSON.stringify(measured)}\n`);
