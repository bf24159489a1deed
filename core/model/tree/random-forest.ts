// RandomForest as estimators: see specification.ts for what they take.
import { forestDefinition } from "./forest-definition.ts";
import type { RandomForestClassifier, RandomForestRegressor } from "./specification.ts";

export const randomForestClassifierDefinition = forestDefinition<RandomForestClassifier>("RandomForestClassifier");
export const randomForestRegressorDefinition = forestDefinition<RandomForestRegressor>("RandomForestRegressor");
