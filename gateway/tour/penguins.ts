// The small half: 344 penguins with real gaps, two models, and rows of which something is not known.
import path from "node:path";
import { bar } from "./bar.ts";
import { refused, succeed } from "./client.ts";
import { type ModelVersion, type PredictedRow, predict } from "./documents.ts";
import { TourFailed } from "./errors.ts";
import { percent } from "./figures.ts";
import { type Guide, metricOf } from "./guide.ts";
import { runImport, runTraining } from "./steps.ts";

/** The least held-out accuracy that both models must have. */
const LEAST_ACCURACY = 0.97;

const measures = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const pipeline = {
  features: [
    { columns: measures, steps: [{ simpleImputer: { strategy: "MEAN" } }, { standardScaler: {} }] },
    {
      // One penguin's sex is ".": unknown categories must not stop a training or a prediction.
      columns: ["Island", "Sex"],
      steps: [{ simpleImputer: { strategy: "MOST_FREQUENT" } }, { oneHotEncoder: { handleUnknown: "IGNORE" } }],
    },
  ],
  label: { column: "Species" },
  split: { holdOut: { fraction: 0.25, stratify: true, seed: 0 } },
};
const estimators = {
  "penguins-logistic": { logisticRegression: {} },
  "penguins-mlp": { mlpClassifier: { hiddenLayerSizes: [32], epochs: 60, batchSize: 64, learningRate: 0.01 } },
};

type Value = string | number | null;
type Penguin = { readonly island: Value; readonly measures: readonly Value[]; readonly sex: Value };

/** Real rows of the file, and one of which nothing but the flippers is known. */
const asked: readonly Penguin[] = [
  { island: "Torgersen", measures: [34.1, 18.1, 193, 3475], sex: null },
  { island: "Biscoe", measures: [47.3, 13.8, 216, 4725], sex: null },
  { island: "Dream", measures: [50.9, 19.1, null, null], sex: "MALE" },
  { island: null, measures: [null, null, 230, null], sex: null },
];

const cell = (column: string, value: Value): object => ({
  column,
  value: value === null ? { missing: true } : typeof value === "number" ? { number: value } : { text: value },
});
const cellsOf = (penguin: Penguin): object[] => [
  cell("Island", penguin.island),
  ...measures.map((name, index) => cell(name, penguin.measures[index] ?? null)),
  cell("Sex", penguin.sex),
];

const shown = (value: Value | undefined): string => (value === null || value === undefined ? "?" : String(value));

const sayPredictions = ({ screen }: Guide, rows: readonly PredictedRow[]): void => {
  const [first] = rows;
  const classes = first?.probabilities.map((entry) => entry.class) ?? [];
  screen.table({
    columns: [
      { head: "island" },
      { head: "beak mm", right: true },
      { head: "flipper", right: true },
      { head: "mass g", right: true },
      { head: "sex" },
      ...classes.map((name) => ({ head: name })),
    ],
    rows: asked.map(({ island, measures: [long, deep, flipper, mass], sex }, index) => [
      shown(island),
      `${shown(long)}/${shown(deep)}`,
      shown(flipper),
      shown(mass),
      shown(sex),
      ...(rows[index]?.probabilities ?? []).map(
        ({ probability }) => `${bar(probability, 4)} ${probability.toFixed(2)}`,
      ),
    ]),
  });
};

const predictRows = async (guide: Guide, model: ModelVersion): Promise<void> => {
  const { client, screen } = guide;
  screen.say(
    'Four rows that come with a request. Nobody measured the values shown as "?": they are sent as {missing: true}.',
  );
  const answer = await client.ask(predict, { input: { modelVersionId: model.id, rows: asked.map(cellsOf) } });
  sayPredictions(guide, succeed(answer.predict).rows);
  screen.say("A row that forgets a field is not guessed at. The client gets a typed error, with the place:");
  const forgetful = [cell("Island", "Dream"), cell("Sex", "FEMALE")];
  const wrong = await client.ask(predict, { input: { modelVersionId: model.id, rows: [forgetful] } });
  const { __typename, code, message, path: at } = refused(wrong.predict);
  for (const part of [`type: ${__typename}`, `code: ${code}`, `path: ${JSON.stringify(at)}`, `message: ${message}`]) {
    screen.note(part);
  }
};

/**
 * Imports the penguins, trains two models on them and predicts.
 *
 * @throws TourFailed when a model is below the accuracy that the tour promises
 */
export const tourPenguins = async (guide: Guide, dataFolder: string): Promise<void> => {
  const { screen } = guide;
  screen.step("Penguins: a file becomes a dataset");
  screen.say("Palmer penguins, JSON from the npm package vega-datasets. Ten rows have gaps, and the gaps stay gaps.");
  const dataset = await runImport(guide, "penguins", path.join(dataFolder, "penguins.json"));

  screen.step("Penguins: two models that name the species");
  screen.say(
    "Numbers: mean imputed and scaled. Island and sex: most frequent imputed and one-hot encoded. A quarter of the rows is held out, each species in its share; nothing is fitted on it.",
  );
  const models: ModelVersion[] = [];
  for (const [name, estimator] of Object.entries(estimators)) {
    const model = await runTraining(guide, name, dataset.id, { ...pipeline, estimator });
    const accuracy = metricOf(model.metrics, "ACCURACY", "HELD_OUT");
    screen.note(`held-out accuracy ${percent(accuracy.value)}, base ${percent(accuracy.base)}`);
    if (accuracy.value < LEAST_ACCURACY) {
      throw new TourFailed(`${name} is right on ${percent(accuracy.value)}: ${percent(LEAST_ACCURACY)} are promised.`);
    }
    models.push(model);
  }

  screen.step("Penguins: predictions with fields missing");
  const model = models.at(-1);
  if (model) await predictRows(guide, model);
};
