// The demo page: a gateway's model predicts here, and a dataset of the gateway trains here. Its code is what a web
// developer would write over @millrace/core.
import { element, guarded } from "./elements.ts";
import { listChoices } from "./gateway-client.ts";
import { setUpPrediction } from "./predict-section.ts";
import { setUpTraining } from "./train-section.ts";

await guarded(async () => {
  const { models, datasets } = await listChoices();
  setUpPrediction(models);
  setUpTraining(datasets);
  if (models.length === 0)
    element("prediction", HTMLOutputElement).textContent = "This gateway has no model yet: npm run tour makes some.";
});
document.documentElement.dataset.ready = "true";
