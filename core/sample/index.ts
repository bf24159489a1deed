// Which training rows are fitted on: outliers and duplicates left out, samples, class weights.
export * from "./row-step.ts";
