// What a client writes to describe a pipeline, every option typed and its default in the schema, and how it becomes a
// specification. Exactly one field of a one-of input is set.
import { logisticRegression, mlpClassifier } from "@millrace/core";
import { gradientBoostingClassifier } from "@millrace/core/tables";
import type {
  ColumnGroup,
  Estimator,
  PipelineSpecification,
  Split,
  Step,
} from "../../domain/pipeline/specification.ts";
import { builder } from "../builder.ts";

export const ImputeStrategy = builder.enumType("ImputeStrategy", {
  description: "What fills a missing value.",
  values: {
    MEAN: { value: "mean", description: "The mean of the training rows. Numbers alone." },
    MEDIAN: { value: "median", description: "The median of the training rows. Numbers alone." },
    MOST_FREQUENT: { value: "mostFrequent", description: "The most frequent value of the training rows." },
    CONSTANT: { value: "constant", description: "The fillValue." },
  },
} as const);
export const HandleUnknown = builder.enumType("HandleUnknown", {
  description: "What becomes of a category that the training rows did not have.",
  values: {
    ERROR: { value: "error", description: "A prediction for the row is refused." },
    IGNORE: { value: "ignore", description: "All columns of the encoding are 0." },
  },
} as const);
export const Activation = builder.enumType("Activation", {
  description: "The function between layers.",
  values: { RELU: { value: "relu" }, TANH: { value: "tanh" } },
} as const);
export const MetricName = builder.enumType("MetricName", {
  description: "A measure of quality.",
  values: {
    ACCURACY: { value: "accuracy", description: "Share of rows whose class is right." },
    PRECISION: {
      value: "precision",
      description: "Share of rows called positive that are. Macro mean when there are more than two classes.",
    },
    RECALL: {
      value: "recall",
      description: "Share of positive rows that are called so. Macro mean when there are more than two classes.",
    },
    F1: { value: "f1", description: "Harmonic mean of precision and recall." },
    ROC_AUC: {
      value: "rocAuc",
      description:
        "Probability that a positive row is ranked above a negative one. One against the rest, macro mean, when there are more than two classes.",
    },
    LOG_LOSS: {
      value: "logLoss",
      description: "Mean negative log probability of the true class, in nats. Lower is better.",
    },
  },
} as const);

const FillValueInput = builder.inputType("FillValueInput", {
  isOneOf: true,
  description: "The constant that fills missing values, of the column's type.",
  fields: (t) => ({ number: t.float(), text: t.string(), boolean: t.boolean() }),
});
const SimpleImputerInput = builder.inputType("SimpleImputerInput", {
  description: "Fills missing values.",
  fields: (t) => ({
    strategy: t.field({ type: ImputeStrategy, required: true, defaultValue: "mean" }),
    fillValue: t.field({ type: FillValueInput, description: "With the strategy CONSTANT, and only then." }),
    addIndicator: t.boolean({
      required: true,
      defaultValue: false,
      description: "Adds a column of 0 and 1 that says where values were missing.",
    }),
  }),
});
const StandardScalerInput = builder.inputType("StandardScalerInput", {
  description: "Subtracts the mean and divides by the standard deviation of the training rows.",
  fields: (t) => ({
    withMean: t.boolean({ required: true, defaultValue: true }),
    withStd: t.boolean({ required: true, defaultValue: true }),
  }),
});
const OneHotEncoderInput = builder.inputType("OneHotEncoderInput", {
  description: "One column of 0 and 1 for each category of the training rows.",
  fields: (t) => ({ handleUnknown: t.field({ type: HandleUnknown, required: true, defaultValue: "error" }) }),
});
const StepInput = builder.inputType("StepInput", {
  isOneOf: true,
  description: "One step of preprocessing.",
  fields: (t) => ({
    simpleImputer: t.field({ type: SimpleImputerInput }),
    standardScaler: t.field({ type: StandardScalerInput }),
    oneHotEncoder: t.field({ type: OneHotEncoderInput }),
  }),
});
export const ColumnGroupInput = builder.inputType("ColumnGroupInput", {
  description: "Columns that go through the same steps, each fitted on its own.",
  fields: (t) => ({
    columns: t.stringList({ required: true }),
    steps: t.field({ type: [StepInput], required: true, defaultValue: [] }),
  }),
});
export const LabelInput = builder.inputType("LabelInput", {
  description: "The column to learn.",
  fields: (t) => ({
    column: t.string({ required: true }),
    positiveClass: t.string({
      description:
        "With two classes: the one that precision, recall, F1 and ROC AUC speak of. The greater of the two by default.",
    }),
  }),
});

export const Solver = builder.enumType("Solver", {
  description: "How the optimum is sought.",
  values: {
    LBFGS: { value: "lbfgs", description: "All rows at once, until the optimum." },
    ADAM: { value: "adam", description: "By mini-batches." },
  },
} as const);

// Defaults are the compute core's, so that a pipeline means the same here, in Node and in a page.
const logistic = logisticRegression();
const perceptron = mlpClassifier();
const l2Description =
  "Penalty: l2 / 2 times the sum of squared weights is added to the mean cross-entropy; biases are free.";

const LogisticRegressionInput = builder.inputType("LogisticRegressionInput", {
  description: "Logistic regression: of two classes by one logit, of more by a softmax.",
  fields: (t) => ({
    l2: t.float({ required: true, defaultValue: logistic.l2, description: l2Description }),
    learningRate: t.float({ required: true, defaultValue: logistic.learningRate, description: "Of ADAM." }),
    epochs: t.int({
      required: true,
      defaultValue: logistic.epochs,
      description: "Passes over the training rows at most; for LBFGS, iterations at most.",
    }),
    batchSize: t.int({ required: true, defaultValue: logistic.batchSize, description: "Rows of one step of ADAM." }),
    solver: t.field({ type: Solver, description: "LBFGS up to 50,000 training rows and ADAM beyond, when left out." }),
  }),
});
const MLPClassifierInput = builder.inputType("MLPClassifierInput", {
  description: "A multi-layer perceptron, trained by mini-batches with Adam.",
  fields: (t) => ({
    hiddenLayerSizes: t.intList({
      required: true,
      defaultValue: [...perceptron.hiddenLayerSizes],
      description: "Units of each hidden layer.",
    }),
    activation: t.field({ type: Activation, required: true, defaultValue: perceptron.activation }),
    l2: t.float({ required: true, defaultValue: perceptron.l2, description: l2Description }),
    learningRate: t.float({ required: true, defaultValue: perceptron.learningRate }),
    epochs: t.int({
      required: true,
      defaultValue: perceptron.epochs,
      description: "Passes over the training rows at most.",
    }),
    batchSize: t.int({ required: true, defaultValue: perceptron.batchSize, description: "Rows of one step." }),
    patience: t.int({
      description:
        "Stops after this many epochs without a lower validation loss and keeps the best parameters; all epochs on all rows when left out.",
    }),
    validationFraction: t.float({
      required: true,
      defaultValue: perceptron.validationFraction ?? 0.1,
      description: "Share of the training rows that judges each epoch when there is patience.",
    }),
  }),
});
export const TreeGrowth = builder.enumType("TreeGrowth", {
  description: "Which leaf of a tree is split next.",
  values: {
    LEAF_WISE: { value: "leafWise", description: "The one of highest gain." },
    DEPTH_WISE: { value: "depthWise", description: "The one of lowest depth." },
  },
} as const);

const boosting = gradientBoostingClassifier();
const GradientBoostingClassifierInput = builder.inputType("GradientBoostingClassifierInput", {
  description:
    "Boosted trees over histograms: the logistic loss for two classes, the softmax's for more. Missing values go to the side of higher gain. Options are LightGBM's.",
  fields: (t) => ({
    nEstimators: t.int({
      required: true,
      defaultValue: boosting.nEstimators,
      description: "Rounds: one tree each, or one a class where there are more than two.",
    }),
    learningRate: t.float({
      required: true,
      defaultValue: boosting.learningRate,
      description: "Each leaf is worth so much of what it would be alone.",
    }),
    numLeaves: t.int({ required: true, defaultValue: boosting.numLeaves, description: "Leaves of a tree at most." }),
    maxDepth: t.int({ description: "Levels of splits at most; as many as numLeaves allows when left out." }),
    growth: t.field({ type: TreeGrowth, required: true, defaultValue: boosting.growth }),
    minDataInLeaf: t.int({
      required: true,
      defaultValue: boosting.minDataInLeaf,
      description: "Rows that a leaf keeps at least.",
    }),
    minSumHessianInLeaf: t.float({
      required: true,
      defaultValue: boosting.minSumHessianInLeaf,
      description: "Sum of hessians that a leaf keeps at least.",
    }),
    lambdaL1: t.float({ required: true, defaultValue: boosting.lambdaL1, description: "L1 penalty of leaves." }),
    lambdaL2: t.float({ required: true, defaultValue: boosting.lambdaL2, description: "L2 penalty of leaves." }),
    minGainToSplit: t.float({
      required: true,
      defaultValue: boosting.minGainToSplit,
      description: "Gain that a split must exceed.",
    }),
    baggingFraction: t.float({
      required: true,
      defaultValue: boosting.baggingFraction,
      description: "Share of the rows that each round sees.",
    }),
    featureFraction: t.float({
      required: true,
      defaultValue: boosting.featureFraction,
      description: "Share of the features that each tree sees.",
    }),
    maxBins: t.int({
      required: true,
      defaultValue: boosting.maxBins,
      description: "Bins of a feature at most, beside that of missing values: 2 to 255.",
    }),
    patience: t.int({
      description:
        "Stops after this many rounds without a lower validation loss and keeps the best; all rounds on all rows when left out.",
    }),
    validationFraction: t.float({
      required: true,
      defaultValue: boosting.validationFraction,
      description: "Share of the training rows that judges each round when there is patience.",
    }),
  }),
});
export const EstimatorInput = builder.inputType("EstimatorInput", {
  isOneOf: true,
  description: "What is trained.",
  fields: (t) => ({
    logisticRegression: t.field({ type: LogisticRegressionInput }),
    mlpClassifier: t.field({ type: MLPClassifierInput }),
    gradientBoostingClassifier: t.field({ type: GradientBoostingClassifierInput }),
  }),
});

const HoldOutInput = builder.inputType("HoldOutInput", {
  description: "Holds out a random share of the rows.",
  fields: (t) => ({
    fraction: t.float({
      required: true,
      defaultValue: 0.25,
      description: "Share of rows held out, above 0 and below 1.",
    }),
    stratify: t.boolean({ required: true, defaultValue: true, description: "Keeps each class's share in both parts." }),
    seed: t.int({ required: true, defaultValue: 0 }),
  }),
});
const TimeOrderedInput = builder.inputType("TimeOrderedInput", {
  description: "Holds out the rows that come last by a column: the future, as far as the data knows it.",
  fields: (t) => ({
    column: t.string({ required: true, description: "A TIMESTAMP or a number without missing values." }),
    fraction: t.float({
      required: true,
      defaultValue: 0.25,
      description: "Share of rows held out, above 0 and below 1.",
    }),
  }),
});
export const SplitInput = builder.inputType("SplitInput", {
  isOneOf: true,
  description: "Which rows are kept from training, to measure the model on.",
  fields: (t) => ({
    holdOut: t.field({ type: HoldOutInput }),
    timeOrdered: t.field({ type: TimeOrderedInput }),
  }),
});

type StepShape = typeof StepInput.$inferInput;
type EstimatorShape = typeof EstimatorInput.$inferInput;
type SplitShape = typeof SplitInput.$inferInput;
type GroupShape = typeof ColumnGroupInput.$inferInput;

/** A one-of input that holds nothing cannot pass GraphQL's own checks. */
const nothing = (what: string): never => {
  throw new TypeError(`The one-of input ${what} came without a member.`);
};

const toStep = (input: StepShape): Step => {
  if (input.simpleImputer) {
    const { fillValue, ...options } = input.simpleImputer;
    return {
      kind: "SimpleImputer",
      ...options,
      fillValue: fillValue?.number ?? fillValue?.text ?? fillValue?.boolean ?? null,
    };
  }
  if (input.standardScaler) return { kind: "StandardScaler", ...input.standardScaler };
  if (input.oneHotEncoder) return { kind: "OneHotEncoder", ...input.oneHotEncoder };
  return nothing("StepInput");
};
const toGroup = ({ columns, steps }: GroupShape): ColumnGroup => ({ columns: [...columns], steps: steps.map(toStep) });

const toEstimator = (input: EstimatorShape): Estimator => {
  if (input.logisticRegression) {
    const { solver, ...options } = input.logisticRegression;
    return { kind: "LogisticRegression", ...options, ...(solver ? { solver } : {}) };
  }
  if (input.mlpClassifier) {
    const { hiddenLayerSizes, patience, ...options } = input.mlpClassifier;
    return { kind: "MLPClassifier", ...options, hiddenLayerSizes: [...hiddenLayerSizes], patience: patience ?? null };
  }
  if (input.gradientBoostingClassifier) {
    const { maxDepth, patience, ...options } = input.gradientBoostingClassifier;
    const nullable = { maxDepth: maxDepth ?? null, patience: patience ?? null, monotoneConstraints: null };
    return { kind: "GradientBoostingClassifier", ...options, ...nullable };
  }
  return nothing("EstimatorInput");
};

const toSplit = (input: SplitShape): Split => {
  if (input.holdOut) return { kind: "HoldOut", ...input.holdOut };
  if (input.timeOrdered) return { kind: "TimeOrdered", ...input.timeOrdered };
  return nothing("SplitInput");
};

/** The specification that an input describes. */
export const toSpecification = (input: {
  features: readonly GroupShape[];
  label: typeof LabelInput.$inferInput;
  estimator: EstimatorShape;
  split: SplitShape;
  metrics: readonly (typeof MetricName.$inferInput)[];
  seed: number;
}): PipelineSpecification => ({
  features: input.features.map(toGroup),
  label: { column: input.label.column, positiveClass: input.label.positiveClass ?? null },
  estimator: toEstimator(input.estimator),
  split: toSplit(input.split),
  metrics: [...input.metrics],
  seed: input.seed,
});
