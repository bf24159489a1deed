// ExtraTrees as estimators: see specification.ts for what they take.
import { forestDefinition } from "./forest-definition.ts";
import type { ExtraTreesClassifier, ExtraTreesRegressor } from "./specification.ts";

export const extraTreesClassifierDefinition = forestDefinition<ExtraTreesClassifier>("ExtraTreesClassifier");
export const extraTreesRegressorDefinition = forestDefinition<ExtraTreesRegressor>("ExtraTreesRegressor");
