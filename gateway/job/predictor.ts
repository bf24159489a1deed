// Predictions for rows that come with a request: bundles are loaded once and the few used last stay on the device, so
// that the second request of a model costs its kernels alone. Requests take turns: a compiled graph reuses its buffers.
import { type Bundle, loadBundle } from "@millrace/core";
import type { PredictionColumn, Predictor } from "../domain/model/prediction.ts";
import type { ObjectStore } from "../store/store.ts";

/** Models kept at hand. */
const MOST_BUNDLES = 8;

function toRows(columns: readonly PredictionColumn[]): Record<string, unknown>[] {
  const count = columns[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );
}

/** A predictor over the bundles of a store, and the freeing of what it holds. */
export function createPredictor(store: ObjectStore): { predict: Predictor; close(): Promise<void> } {
  // In the order of use: the first is the one to go.
  const bundles = new Map<string, Bundle>();
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  async function open(hash: string): Promise<Bundle> {
    const bundle = bundles.get(hash) ?? loadBundle(await store.read(hash));
    bundles.delete(hash);
    bundles.set(hash, bundle);
    for (const [oldest, unused] of bundles) {
      if (bundles.size <= MOST_BUNDLES) break;
      bundles.delete(oldest);
      unused[Symbol.dispose]();
    }
    return bundle;
  }

  return {
    predict: (hash, columns) =>
      inTurn(async () => {
        const bundle = await open(hash);
        const { classes, probabilities } = await bundle.predict(toRows(columns));
        const width = classes.length;
        return Array.from({ length: probabilities.length / width }, (_, row) => [
          ...probabilities.subarray(row * width, (row + 1) * width),
        ]);
      }),
    close: () =>
      inTurn(async () => {
        for (const bundle of bundles.values()) bundle[Symbol.dispose]();
        bundles.clear();
      }),
  };
}
