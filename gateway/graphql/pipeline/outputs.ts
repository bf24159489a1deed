// The parts of a specification as a client reads them back: each kind of step, estimator and split a type of its own.
import type {
  ColumnGroup as ColumnGroupValue,
  Estimator as EstimatorValue,
  Label as LabelValue,
  Split as SplitValue,
  Step as StepValue,
} from "../../domain/pipeline/specification.ts";
import { builder } from "../builder.ts";
import { Cell } from "../cell.ts";
import { Activation, HandleUnknown, ImputeStrategy, Solver, TreeGrowth } from "./inputs.ts";

type Of<Value extends { kind: string }, Kind extends Value["kind"]> = Extract<Value, { kind: Kind }>;

const SimpleImputer = builder.objectRef<Of<StepValue, "SimpleImputer">>("SimpleImputer").implement({
  description: "Fills missing values.",
  fields: (t) => ({
    strategy: t.field({ type: ImputeStrategy, resolve: (step) => step.strategy }),
    fillValue: t.field({
      type: Cell,
      nullable: true,
      resolve: ({ fillValue }) => (fillValue === null ? null : { value: fillValue }),
    }),
    addIndicator: t.exposeBoolean("addIndicator"),
  }),
});
const StandardScaler = builder.objectRef<Of<StepValue, "StandardScaler">>("StandardScaler").implement({
  description: "Subtracts the mean and divides by the standard deviation of the training rows.",
  fields: (t) => ({ withMean: t.exposeBoolean("withMean"), withStd: t.exposeBoolean("withStd") }),
});
const OneHotEncoder = builder.objectRef<Of<StepValue, "OneHotEncoder">>("OneHotEncoder").implement({
  description: "One column of 0 and 1 for each category of the training rows.",
  fields: (t) => ({ handleUnknown: t.field({ type: HandleUnknown, resolve: (step) => step.handleUnknown }) }),
});
const Step = builder.unionType("Step", {
  description: "One step of preprocessing.",
  types: [SimpleImputer, StandardScaler, OneHotEncoder],
  resolveType: (step) => step.kind,
});
export const ColumnGroup = builder.objectRef<ColumnGroupValue>("ColumnGroup").implement({
  description: "Columns that go through the same steps, each fitted on its own.",
  fields: (t) => ({
    columns: t.exposeStringList("columns"),
    steps: t.field({ type: [Step], resolve: (group) => group.steps }),
  }),
});
export const Label = builder.objectRef<LabelValue>("Label").implement({
  description: "The column to learn.",
  fields: (t) => ({
    column: t.exposeString("column"),
    positiveClass: t.exposeString("positiveClass", { nullable: true }),
  }),
});

const LogisticRegression = builder.objectRef<Of<EstimatorValue, "LogisticRegression">>("LogisticRegression").implement({
  description: "Logistic regression: of two classes by one logit, of more by a softmax.",
  fields: (t) => ({
    l2: t.exposeFloat("l2"),
    learningRate: t.exposeFloat("learningRate"),
    epochs: t.exposeInt("epochs"),
    batchSize: t.exposeInt("batchSize"),
    solver: t.field({ type: Solver, nullable: true, resolve: (estimator) => estimator.solver }),
  }),
});
const MLPClassifier = builder.objectRef<Of<EstimatorValue, "MLPClassifier">>("MLPClassifier").implement({
  description: "A multi-layer perceptron, trained by mini-batches with Adam.",
  fields: (t) => ({
    hiddenLayerSizes: t.exposeIntList("hiddenLayerSizes"),
    activation: t.field({ type: Activation, resolve: (estimator) => estimator.activation }),
    l2: t.exposeFloat("l2"),
    learningRate: t.exposeFloat("learningRate"),
    epochs: t.exposeInt("epochs"),
    batchSize: t.exposeInt("batchSize"),
    patience: t.exposeInt("patience", { nullable: true }),
    validationFraction: t.exposeFloat("validationFraction"),
  }),
});
const GradientBoostingClassifier = builder
  .objectRef<Of<EstimatorValue, "GradientBoostingClassifier">>("GradientBoostingClassifier")
  .implement({
    description: "Boosted trees over histograms.",
    fields: (t) => ({
      nEstimators: t.exposeInt("nEstimators"),
      learningRate: t.exposeFloat("learningRate"),
      numLeaves: t.exposeInt("numLeaves"),
      maxDepth: t.exposeInt("maxDepth", { nullable: true }),
      growth: t.field({ type: TreeGrowth, resolve: (estimator) => estimator.growth }),
      minDataInLeaf: t.exposeInt("minDataInLeaf"),
      minSumHessianInLeaf: t.exposeFloat("minSumHessianInLeaf"),
      lambdaL1: t.exposeFloat("lambdaL1"),
      lambdaL2: t.exposeFloat("lambdaL2"),
      minGainToSplit: t.exposeFloat("minGainToSplit"),
      baggingFraction: t.exposeFloat("baggingFraction"),
      featureFraction: t.exposeFloat("featureFraction"),
      maxBins: t.exposeInt("maxBins"),
      patience: t.exposeInt("patience", { nullable: true }),
      validationFraction: t.exposeFloat("validationFraction"),
    }),
  });
export const Estimator = builder.unionType("Estimator", {
  description: "What is trained.",
  types: [LogisticRegression, MLPClassifier, GradientBoostingClassifier],
  resolveType: (estimator) => estimator.kind,
});

const HoldOut = builder.objectRef<Of<SplitValue, "HoldOut">>("HoldOut").implement({
  description: "A random share of the rows is held out.",
  fields: (t) => ({
    fraction: t.exposeFloat("fraction"),
    stratify: t.exposeBoolean("stratify"),
    seed: t.exposeInt("seed"),
  }),
});
const TimeOrdered = builder.objectRef<Of<SplitValue, "TimeOrdered">>("TimeOrdered").implement({
  description: "The rows that come last by a column are held out.",
  fields: (t) => ({ column: t.exposeString("column"), fraction: t.exposeFloat("fraction") }),
});
export const Split = builder.unionType("Split", {
  description: "Which rows are kept from training.",
  types: [HoldOut, TimeOrdered],
  resolveType: (split) => split.kind,
});
