// Loads a bundle, makes a form from its signature, predicts the row in it.
import { type Bundle, loadBundle, type PredictRow } from "@millrace/core";
import { chosenDevice } from "./chosen-device.ts";
import { element, fillSelect, guarded } from "./elements.ts";
import { fetchBundle, type ModelChoice } from "./gateway-client.ts";

const fieldFor = (input: Bundle["signature"]["inputs"][number]): HTMLInputElement | HTMLSelectElement => {
  if (input.categories) {
    const select = document.createElement("select");
    fillSelect(select, [
      ["", "(missing)"],
      ...input.categories.map((category): [string, string] => [String(category), String(category)]),
    ]);
    return select;
  }
  const field = document.createElement("input");
  field.type = "number";
  field.step = "any";
  field.placeholder = "(missing)";
  return field;
};

/** The row in the form: an empty field is a missing value. */
const rowOf = (form: HTMLFormElement, bundle: Bundle): PredictRow => {
  const values = new FormData(form);
  return Object.fromEntries(
    bundle.signature.inputs.map((input) => {
      const text = String(values.get(input.name) ?? "");
      if (text === "") return [input.name, null];
      const category = input.categories?.find((item) => String(item) === text);
      return [input.name, category ?? Number(text)];
    }),
  );
};

const showPrediction = async (form: HTMLFormElement, bundle: Bundle): Promise<void> => {
  const device = await chosenDevice();
  const start = performance.now();
  const { classes, probabilities, labels } = await bundle.predict([rowOf(form, bundle)], { device });
  const milliseconds = performance.now() - start;
  const output = element("prediction", HTMLOutputElement);
  const table = document.createElement("table");
  classes.forEach((name, i) => {
    const share = probabilities[i] ?? 0;
    const row = table.insertRow();
    row
      .insertCell()
      .append(
        i === labels[0] ? Object.assign(document.createElement("strong"), { textContent: String(name) }) : String(name),
      );
    row.insertCell().append(`${(100 * share).toFixed(2)} %`);
    const bar = row.insertCell();
    bar.className = "bar";
    const filled = document.createElement("div");
    filled.style.width = `${100 * share}%`;
    bar.append(filled);
  });
  output.replaceChildren(table, `in ${milliseconds.toFixed(1)} ms on ${device.name}`);
  output.dataset.probabilities = JSON.stringify([...probabilities]);
};

const load = async (model: ModelChoice): Promise<void> => {
  const bundle = loadBundle(await fetchBundle(model.bundlePath));
  const form = element("row", HTMLFormElement);
  const fields = bundle.signature.inputs.map((input) => {
    const label = document.createElement("label");
    const field = fieldFor(input);
    field.name = input.name;
    label.append(input.name, field);
    return label;
  });
  const button = Object.assign(document.createElement("button"), { textContent: `Predict ${bundle.signature.label}` });
  form.replaceChildren(...fields, button);
  form.onsubmit = (event) => {
    event.preventDefault();
    void guarded(() => showPrediction(form, bundle));
  };
  form.dataset.model = model.name;
};

/** Lists the models; choosing one loads it. */
export const setUpPrediction = (models: readonly ModelChoice[]): void => {
  const select = element("model", HTMLSelectElement);
  fillSelect(
    select,
    models.map((model) => [model.bundlePath, model.name]),
  );
  const loadChosen = (): void => {
    const model = models.find((item) => item.bundlePath === select.value);
    if (model) void guarded(() => load(model));
  };
  select.onchange = loadChosen;
  loadChosen();
};
