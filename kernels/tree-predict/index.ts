// Ensembles of decision trees over rows.
export { type TreePredictAttributes, treePredict, treePredictShape } from "./tree-predict.ts";
