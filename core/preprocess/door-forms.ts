// What the door takes for dates, texts and folds. Loaded at the first fit or prediction that needs it: pages of numbers and
// categories do without.
import { ArgumentError } from "@millrace/kernels";
import type { FittedPipeline } from "./fitted.ts";

type DoorForms = typeof import("./derived-forms.ts");
let loaded: DoorForms | undefined;

/** The forms, once loaded. @throws ArgumentError before that */
export const doorForms = (): DoorForms => {
  if (!loaded)
    throw new ArgumentError("a pipeline of dates, texts or targets is encoded after `await preparePipeline(pipeline)`");
  return loaded;
};

/** Loads the forms. */
export const loadDoorForms = async (): Promise<void> => {
  loaded ??= await import("./derived-forms.ts");
};

/**
 * Loads what encoding rows for a pipeline takes. Fitting one or predicting with a bundle has done so; `transformFrame` with
 * the pipeline of a bundle that was only loaded takes it first.
 * @example
 * await preparePipeline(bundle.pipeline);
 * const features = transformFrame(bundle.pipeline, table);
 */
export const preparePipeline = async (pipeline: FittedPipeline): Promise<void> => {
  if (
    pipeline.groups.some(
      (group) => group.kind === "hashed" || (group.kind === "numeric" ? group.dates : group.kind === "table"),
    )
  )
    await loadDoorForms();
};
