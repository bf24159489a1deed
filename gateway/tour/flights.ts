// The large half: three million flights joined with their airports. Which will be more than 15 minutes late? Learnt from
// the earlier days, measured on the later ones.
import path from "node:path";
import { type ModelVersion, predictBatch } from "./documents.ts";
import { TourFailed } from "./errors.ts";
import { duration, grouped, percent } from "./figures.ts";
import { type Guide, metricOf } from "./guide.ts";
import { runDerive, runImport, runTraining } from "./steps.ts";

/** The least held-out ROC AUC. Guessing has 0.5. */
const LEAST_ROC_AUC = 0.62;

/** The last days of the file: about 100,000 flights. */
const LAST_DAYS = "2001-06-25T00:00:00Z";

const column = (name: string, join?: string): object => ({ column: join === undefined ? { name } : { name, join } });
const minuteOfDay = { datePart: { part: "MINUTE_OF_DAY", of: column("date") } };
const airport = (name: string, left: string, version: string): object => ({
  datasetVersionId: version,
  name,
  kind: "LEFT",
  on: [{ left: { name: left }, right: "iata" }],
});

/** Every column of the features, with how it is computed. Two waves, of a day and of half a day, draw the hours. */
const computed: Readonly<Record<string, object>> = {
  date: column("date"),
  late: { compare: { operator: "GREATER", left: column("delay"), right: { constant: { integer: 15 } } } },
  daySine: { sine: { of: minuteOfDay, period: 1440 } },
  dayCosine: { cosine: { of: minuteOfDay, period: 1440 } },
  halfDaySine: { sine: { of: minuteOfDay, period: 720 } },
  halfDayCosine: { cosine: { of: minuteOfDay, period: 720 } },
  hour: { datePart: { part: "HOUR", of: column("date") } },
  dayOfWeek: { datePart: { part: "DAY_OF_WEEK", of: column("date") } },
  month: { datePart: { part: "MONTH", of: column("date") } },
  distance: column("distance"),
  origin: column("origin"),
  destination: column("destination"),
  originLatitude: column("latitude", "from"),
  originLongitude: column("longitude", "from"),
  destinationLatitude: column("latitude", "to"),
  destinationLongitude: column("longitude", "to"),
};

const places = ["distance", "originLatitude", "originLongitude", "destinationLatitude", "destinationLongitude"];
const waves = ["daySine", "dayCosine", "halfDaySine", "halfDayCosine"];
const learnt = {
  label: { column: "late", positiveClass: "true" },
  split: { timeOrdered: { column: "date", fraction: 0.2 } },
  metrics: [{ rocAuc: true }, { logLoss: true }, { accuracy: true }],
};

const network = {
  ...learnt,
  features: [
    {
      columns: [...waves, ...places],
      steps: [{ simpleImputer: { strategy: "MEAN" } }, { standardScaler: {} }],
    },
    { columns: ["dayOfWeek", "origin", "destination"], steps: [{ oneHotEncoder: { handleUnknown: "IGNORE" } }] },
  ],
  estimator: {
    mlpClassifier: { hiddenLayerSizes: [64, 32], activation: "RELU", batchSize: 8192, epochs: 2, learningRate: 0.003 },
  },
};

/** Trees take numbers as they are, gaps too, and split codes by category. */
const boosting = {
  ...learnt,
  features: [
    { columns: ["hour", "dayCosine", ...places], steps: [] },
    {
      columns: ["dayOfWeek", "origin", "destination"],
      steps: [{ ordinalEncoder: { handleUnknown: "USE_ENCODED_VALUE" } }],
    },
  ],
  estimator: { gradientBoostingClassifier: { nEstimators: 20, learningRate: 0.3, numLeaves: 63 } },
};

const deriveFeatures = async (guide: Guide, dataFolder: string) => {
  const { screen } = guide;
  screen.step("Flights: three million rows and where their airports are");
  const flights = await runImport(guide, "flights", path.join(dataFolder, "flights-3m.parquet"));
  const airports = await runImport(guide, "airports", path.join(dataFolder, "airports.csv"));
  screen.say(
    "Joined twice with the airports, by origin and by destination (a flight without a match stays); the time of day becomes waves; late is a delay above 15 minutes.",
  );
  return await runDerive(guide, "flight-features", {
    datasetVersionId: flights.id,
    joins: [airport("from", "origin", airports.id), airport("to", "destination", airports.id)],
    columns: Object.entries(computed).map(([name, expression]) => ({ name, expression })),
  });
};

const predictLastDays = async (guide: Guide, modelVersionId: string, featuresId: string): Promise<void> => {
  const { client, screen, qualities } = guide;
  screen.step("Flights: a batch prediction of the last days");
  const days = await runDerive(guide, "last-days", {
    datasetVersionId: featuresId,
    columns: Object.keys(computed).map((name) => ({ name, expression: column(name) })),
    where: {
      compare: {
        operator: "GREATER_OR_EQUAL",
        left: column("date"),
        right: { constant: { timestamp: LAST_DAYS } },
      },
    },
  });
  const input = { modelVersionId, datasetVersionId: days.id };
  const { predictBatch: submitted } = await client.ask(predictBatch, { input });
  const { outcome, seconds } = await guide.watch("last-days", submitted);
  const set = outcome.predictionSet;
  if (set === null) throw new TourFailed("The batch prediction left no prediction set.");
  const auc = metricOf(set.metrics, "ROC_AUC", "ALL");
  screen.done(
    `predicted ${grouped(set.rowCount)} flights from ${LAST_DAYS.slice(0, 10)} on in ${duration(seconds)}: ROC AUC ${auc.value.toFixed(4)}`,
  );
  qualities.push({ model: "flights-mlp", rows: `${grouped(set.rowCount)} in a batch`, metrics: set.metrics });
};

const trainFlights = async (
  guide: Guide,
  name: string,
  featuresId: string,
  pipeline: object,
): Promise<ModelVersion> => {
  const model = await runTraining(guide, name, featuresId, pipeline);
  const auc = metricOf(model.metrics, "ROC_AUC", "HELD_OUT");
  const majority = metricOf(model.metrics, "ACCURACY", "HELD_OUT").base;
  guide.screen.note(
    `held-out ROC AUC ${auc.value.toFixed(4)} (guessing: ${auc.base.toFixed(1)}); base rate: ${percent(1 - majority)} of these flights are late`,
  );
  if (auc.value < LEAST_ROC_AUC)
    throw new TourFailed(`${name} has a ROC AUC of ${auc.value.toFixed(4)}: ${LEAST_ROC_AUC} is promised.`);
  return model;
};

/**
 * Imports and joins the flights, trains a network and boosted trees on the first four fifths of the time, measures on the last, predicts a batch.
 *
 * @throws TourFailed when a model ranks worse than the tour promises
 */
export const tourFlights = async (guide: Guide, dataFolder: string): Promise<void> => {
  const { screen } = guide;
  const features = await deriveFeatures(guide, dataFolder);

  screen.step("Flights: a neural network that learns from the past");
  screen.say(
    "The last fifth of the flights by date is held out, so that the model is asked about days that it has not seen. It does not know the weather: only when, whence and whither.",
  );
  const model = await trainFlights(guide, "flights-mlp", features.id, network);

  screen.step("Flights: boosted trees on the same days");
  screen.say("The same flights and the same split, by histogram gradient boosting: 20 trees of 63 leaves.");
  await trainFlights(guide, "flights-boosting", features.id, boosting);

  await predictLastDays(guide, model.id, features.id);
};
