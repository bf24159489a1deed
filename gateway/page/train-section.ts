// Trains a classifier on a dataset of the gateway, in the page: the same pipeline, split and seed as a job would take.
import { type Frame, fitPipeline, frameFromRows, frameSource, saveBundle } from "@millrace/core";
import { chosenDevice } from "./chosen-device.ts";
import { element, fillSelect, guarded } from "./elements.ts";
import { type DatasetChoice, fetchRows } from "./gateway-client.ts";

type Features = Parameters<typeof fitPipeline>[0]["features"];

/** Numbers are imputed and scaled, categories imputed and one-hot encoded; what is neither is left out. */
const featuresOf = (table: Frame, label: string): Features =>
  [...table.columns].flatMap(([name, column]): Features => {
    if (name === label) return [];
    if (column.kind === "numeric")
      return [{ columns: [name], steps: [{ kind: "SimpleImputer", strategy: "mean" }, { kind: "StandardScaler" }] }];
    if (column.kind === "dictionary")
      return [
        {
          columns: [name],
          steps: [
            { kind: "SimpleImputer", strategy: "mostFrequent" },
            { kind: "OneHotEncoder", handleUnknown: "ignore" },
          ],
        },
      ];
    return [];
  });

const drawCurve = (losses: readonly number[]): void => {
  const top = Math.max(...losses, 1e-9);
  const points = losses.map(
    (loss, i) => `${((320 * i) / Math.max(1, losses.length - 1)).toFixed(1)},${(85 - (80 * loss) / top).toFixed(1)}`,
  );
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", points.length > 0 ? `M${points.join("L")}` : "");
  element("curve", SVGSVGElement).replaceChildren(path);
};

const hexadecimal = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const train = async (dataset: DatasetChoice, label: string): Promise<void> => {
  const device = await chosenDevice();
  const table = frameFromRows(await fetchRows(dataset));
  const progress = element("progress", HTMLProgressElement);
  const losses: number[] = [];
  const start = performance.now();
  const fit = await fitPipeline({
    source: frameSource(table),
    features: featuresOf(table, label),
    label: { column: label },
    estimator: {
      kind: "MLPClassifier",
      hiddenLayerSizes: [32],
      activation: "relu",
      l2: 1e-4,
      learningRate: 0.01,
      epochs: 60,
      batchSize: 64,
    },
    split: { kind: "HoldOut", fraction: 0.25, stratify: true, seed: 1 },
    metrics: ["accuracy", "logLoss"],
    seed: 1,
    device,
    onProgress: ({ fraction }) => {
      progress.value = fraction;
    },
    onMetric: (series, _, value) => {
      if (series === "loss") losses.push(value);
      drawCurve(losses);
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const bytes = saveBundle(fit.bundle);
  const parameters = fit.bundle.parameters;
  const weights = [...parameters.keys()]
    .sort()
    .flatMap((name) => [...new Uint8Array(new Float32Array(parameters.get(name)?.data ?? []).buffer)]);
  const digest = hexadecimal(await crypto.subtle.digest("SHA-256", Uint8Array.from(weights)));
  const output = element("training", HTMLOutputElement);
  const save = Object.assign(document.createElement("a"), {
    textContent: "Save the bundle",
    download: `${label}.safetensors`,
    href: URL.createObjectURL(new Blob([Uint8Array.from(bytes)])),
  });
  const accuracy = fit.metrics.accuracy;
  output.replaceChildren(
    `accuracy ${accuracy?.toFixed(3)} on held-out rows, ${seconds.toFixed(1)} s on ${device.name}; weights `,
    Object.assign(document.createElement("code"), { textContent: digest }),
    document.createElement("br"),
    save,
  );
  Object.assign(output.dataset, { accuracy: String(accuracy), weights: digest, device: device.name });
};

/** Lists the datasets small enough for a page, and trains on the chosen one. */
export const setUpTraining = (datasets: readonly DatasetChoice[]): void => {
  const small = datasets.filter((dataset) => dataset.rowCount <= 20_000);
  const select = element("dataset", HTMLSelectElement);
  const label = element("label", HTMLSelectElement);
  const chosen = (): DatasetChoice | undefined => small.find((dataset) => dataset.id === select.value);
  const listColumns = (): void =>
    fillSelect(
      label,
      (chosen()?.columns ?? []).map((name) => [name, name]),
    );
  fillSelect(
    select,
    small.map((dataset) => [dataset.id, dataset.name]),
  );
  select.onchange = listColumns;
  listColumns();
  const button = element("train", HTMLButtonElement);
  button.onclick = () => {
    const dataset = chosen();
    if (!dataset) return;
    button.disabled = true;
    void guarded(() => train(dataset, label.value)).finally(() => {
      button.disabled = false;
    });
  };
};
