// Every estimator over a matrix by its kind. A definition is loaded when a model of its kind is first fitted: a page pays for
// what it uses.
import { ArgumentError } from "@millrace/kernels";
import type { EstimatorDefinition } from "./estimator.ts";

type AnyDefinition = EstimatorDefinition<{ readonly kind: string }>;

/** One line a kind: `Ridge: async () => (await import("./linear/ridge.ts")).ridgeDefinition`. */
const definitions: Readonly<Record<string, () => Promise<unknown>>> = {
  DecisionTreeClassifier: async () => (await import("./tree/decision-tree.ts")).decisionTreeClassifierDefinition,
  DecisionTreeRegressor: async () => (await import("./tree/decision-tree.ts")).decisionTreeRegressorDefinition,
  RandomForestClassifier: async () => (await import("./tree/random-forest.ts")).randomForestClassifierDefinition,
  RandomForestRegressor: async () => (await import("./tree/random-forest.ts")).randomForestRegressorDefinition,
  ExtraTreesClassifier: async () => (await import("./tree/extra-trees.ts")).extraTreesClassifierDefinition,
  ExtraTreesRegressor: async () => (await import("./tree/extra-trees.ts")).extraTreesRegressorDefinition,
  IsolationForest: async () => (await import("./tree/isolation-forest.ts")).isolationForestDefinition,
  GradientBoostingClassifier: async () =>
    (await import("./boosting/gradient-boosting.ts")).gradientBoostingClassifierDefinition,
  GradientBoostingRanker: async () =>
    (await import("./boosting/gradient-boosting.ts")).gradientBoostingRankerDefinition,
  GradientBoostingRegressor: async () =>
    (await import("./boosting/gradient-boosting.ts")).gradientBoostingRegressorDefinition,
  ElasticNet: async () => (await import("./linear/elastic-net.ts")).elasticNetDefinition,
  Lasso: async () => (await import("./linear/elastic-net.ts")).lassoDefinition,
  LogisticRegression: async () => (await import("./linear/logistic-regression.ts")).logisticRegressionDefinition,
  LinearRegression: async () => (await import("./linear/linear-regression.ts")).linearRegressionDefinition,
  LinearSVC: async () => (await import("./linear/linear-svc.ts")).linearSVCDefinition,
  LinearSVR: async () => (await import("./linear/linear-svr.ts")).linearSVRDefinition,
  Ridge: async () => (await import("./linear/ridge.ts")).ridgeDefinition,
  BernoulliNaiveBayes: async () => (await import("./bayes/bernoulli.ts")).bernoulliDefinition,
  DBSCAN: async () => (await import("./cluster/dbscan.ts")).dbscanDefinition,
  GaussianNaiveBayes: async () => (await import("./bayes/gaussian.ts")).gaussianDefinition,
  GaussianMixture: async () => (await import("./cluster/gaussian-mixture.ts")).gaussianMixtureDefinition,
  KMeans: async () => (await import("./cluster/k-means.ts")).kMeansDefinition,
  KNeighborsClassifier: async () => (await import("./neighbours/definition.ts")).kNeighborsClassifierDefinition,
  KNeighborsRegressor: async () => (await import("./neighbours/definition.ts")).kNeighborsRegressorDefinition,
  MiniBatchKMeans: async () => (await import("./cluster/mini-batch.ts")).miniBatchKMeansDefinition,
  MLPClassifier: async () => (await import("./network/perceptron.ts")).mlpClassifierDefinition,
  MLPRegressor: async () => (await import("./network/perceptron.ts")).mlpRegressorDefinition,
  MultinomialNaiveBayes: async () => (await import("./bayes/multinomial.ts")).multinomialDefinition,
};

/** The kinds that can be fitted over a matrix, sorted. */
export const estimatorKinds = (): string[] => Object.keys(definitions).sort();

/** The definition of a kind. @throws ArgumentError listing the kinds there are */
export const definitionOf = async (kind: string): Promise<AnyDefinition> => {
  const load = Object.hasOwn(definitions, kind) ? definitions[kind] : undefined;
  if (!load) throw new ArgumentError(`there is no estimator "${kind}"; there are ${estimatorKinds().join(", ")}`);
  // A definition is kept under its own kind, so it only ever meets specifications of that kind.
  return (await load()) as AnyDefinition;
};
