// DecisionTree as estimators: see specification.ts for what they take.
import { forestDefinition } from "./forest-definition.ts";
import type { DecisionTreeClassifier, DecisionTreeRegressor } from "./specification.ts";

export const decisionTreeClassifierDefinition = forestDefinition<DecisionTreeClassifier>("DecisionTreeClassifier");
export const decisionTreeRegressorDefinition = forestDefinition<DecisionTreeRegressor>("DecisionTreeRegressor");
