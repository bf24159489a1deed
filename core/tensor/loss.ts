// Losses as compositions of ops, written so that no finite input overflows. Each is a number to minimise.
import { ArgumentError, ShapeError, sameShape } from "@millrace/kernels";
import { range, type Tensor } from "./tensor.ts";

/** One number for all ("mean", the default, or "sum"), or one a row or element ("none"). */
export type Reduction = "mean" | "sum" | "none";

/** Options that losses share. */
export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction | undefined;
}

const settle = (losses: Tensor, { reduction = "mean" }: LossOptions): Tensor =>
  reduction === "none" ? losses : reduction === "sum" ? losses.sum() : losses.mean();

/** Broadcasting [n, 1] against [n] would silently compare everything with everything. */
const checkAlike = (name: string, x: Tensor, y: Tensor, roles = "prediction and target"): void => {
  if (!sameShape(x.shape, y.shape))
    throw new ShapeError(
      `${name}: ${roles} must have one shape, but have [${x.shape.join(", ")}] and [${y.shape.join(", ")}]`,
    );
};

/**
 * Softmax cross-entropy of logits f32 or f16 [..., classes] against i32 labels [...], always in f32. Rows with a label outside the classes (by
 * custom -1) are left out, of the mean's count too.
 * @param options.classWeights f32 [classes]: how much a row of each class counts, in the mean's count too; default 1
 * @param options.labelSmoothing share of the target spread evenly over all classes (Szegedy and others 2016); default 0
 * @throws ShapeError, DTypeError, ArgumentError
 * @example crossEntropyLoss(tensor([[2, 0, 0]]), tensor(Int32Array.of(0))) // 0.2395
 */
export const crossEntropyLoss = (
  logits: Tensor,
  labels: Tensor,
  options: LossOptions & {
    readonly labelSmoothing?: number | undefined;
    readonly classWeights?: Tensor | undefined;
  } = {},
): Tensor => {
  const { labelSmoothing = 0, reduction = "mean", classWeights } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ArgumentError(`crossEntropyLoss: labelSmoothing must be from 0 to 1, but is ${labelSmoothing}`);
  const classes = logits.shape[logits.rank - 1] ?? 0;
  if (!sameShape(logits.shape.slice(0, -1), labels.shape))
    throw new ShapeError(
      `crossEntropyLoss: logits [${logits.shape.join(", ")}] need labels [${logits.shape.slice(0, -1).join(", ")}], but they are [${labels.shape.join(", ")}]`,
    );
  const rows = logits.to("f32").reshape([labels.size, classes]);
  const flat = labels.reshape([labels.size]);
  const counted = flat.greaterEqual(0).and(flat.less(classes));
  if (classWeights && !sameShape(classWeights.shape, [classes]))
    throw new ShapeError(
      `crossEntropyLoss: classWeights must be [${classes}], one a class, but are [${classWeights.shape.join(", ")}]`,
    );
  const known = counted.where(flat, 0);
  const counts = classWeights ? counted.where(classWeights.gather(known), 0) : counted.to("f32");
  const weighted = (losses: Tensor): Tensor => (classWeights ? losses.multiply(classWeights) : losses);
  const hard = classWeights ? rows.crossEntropy(flat).multiply(counts) : rows.crossEntropy(flat);
  const even = (): Tensor => counted.where(weighted(rows.logSoftmax()).mean({ axis: 1 }).negate(), 0);
  const losses = labelSmoothing === 0 ? hard : hard.multiply(1 - labelSmoothing).add(even().multiply(labelSmoothing));
  if (reduction === "mean") return losses.sum().divide(counts.sum());
  return settle(losses.reshape(labels.shape), options);
};

/** Cross-entropy of one logit: max(x, 0) - x y + log(1 + exp(-|x|)). */
const binaryCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  logits.maximum(0).subtract(logits.multiply(targets)).add(logits.absolute().negate().exp().add(1).log());

/**
 * Sigmoid cross-entropy of logits against targets from 0 to 1, both f32 of one shape.
 * @param options.positiveWeight factor on the part of the positive targets; default 1
 */
export const binaryCrossEntropyLoss = (
  logits: Tensor,
  targets: Tensor,
  options: LossOptions & { readonly positiveWeight?: number | undefined } = {},
): Tensor => {
  checkAlike("binaryCrossEntropyLoss", logits, targets, "logits and targets");
  const { positiveWeight = 1 } = options;
  if (positiveWeight === 1) return settle(binaryCrossEntropy(logits, targets), options);
  // (1 - y) x + (1 + (w - 1) y) log(1 + exp(-x)), as PyTorch writes it.
  const softplus = logits.negate().maximum(0).add(logits.absolute().negate().exp().add(1).log());
  const weight = targets.multiply(positiveWeight - 1).add(1);
  return settle(targets.negate().add(1).multiply(logits).add(weight.multiply(softplus)), options);
};

/**
 * Sigmoid focal loss (Lin and others 2017): cross-entropy that counts less where the model is right already.
 * @param options.gamma power of the error's probability; default 2
 * @param options.alpha weight of the positive targets, 1 - alpha of the negative; default 0.25; negative: no weights
 */
export const focalLoss = (
  logits: Tensor,
  targets: Tensor,
  options: LossOptions & { readonly gamma?: number | undefined; readonly alpha?: number | undefined } = {},
): Tensor => {
  checkAlike("focalLoss", logits, targets, "logits and targets");
  const { gamma = 2, alpha = 0.25 } = options;
  const probability = logits.sigmoid();
  const negative = targets.negate().add(1);
  const error = probability.multiply(negative).add(logits.negate().sigmoid().multiply(targets));
  const plain = binaryCrossEntropy(logits, targets);
  const losses = gamma === 0 ? plain : plain.multiply(error.power(gamma));
  if (alpha < 0) return settle(losses, options);
  return settle(losses.multiply(targets.multiply(alpha).add(negative.multiply(1 - alpha))), options);
};

/** (prediction - target)^2. @example squaredErrorLoss(tensor([1, 2]), tensor([1, 4])) // 2 */
export const squaredErrorLoss = (prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
  checkAlike("squaredErrorLoss", prediction, target);
  return settle(prediction.subtract(target).square(), options);
};

/** |prediction - target|. */
export const absoluteErrorLoss = (prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
  checkAlike("absoluteErrorLoss", prediction, target);
  return settle(prediction.subtract(target).absolute(), options);
};

/**
 * Squared near the target, linear from a distance of delta on (Huber 1964).
 * @param options.delta default 1
 */
export const huberLoss = (
  prediction: Tensor,
  target: Tensor,
  options: LossOptions & { readonly delta?: number | undefined } = {},
): Tensor => {
  checkAlike("huberLoss", prediction, target);
  const { delta = 1 } = options;
  if (!(delta > 0)) throw new ArgumentError(`huberLoss: delta must be above 0, but is ${delta}`);
  const distance = prediction.subtract(target).absolute();
  const near = distance.square().multiply(0.5);
  return settle(distance.less(delta).where(near, distance.subtract(delta / 2).multiply(delta)), options);
};

/** max(0, 1 - target * score) for targets -1 and 1: a support vector machine's loss. */
export const hingeLoss = (scores: Tensor, targets: Tensor, options: LossOptions = {}): Tensor => {
  checkAlike("hingeLoss", scores, targets, "scores and targets");
  return settle(scores.multiply(targets).negate().add(1).relu(), options);
};

/**
 * Least at the target's quantile: quantile * d above the prediction, (quantile - 1) * d below, for d = target - prediction
 * (Koenker, Bassett 1978).
 * @throws ArgumentError unless 0 < quantile < 1
 */
export const quantileLoss = (
  prediction: Tensor,
  target: Tensor,
  quantile: number,
  options: LossOptions = {},
): Tensor => {
  checkAlike("quantileLoss", prediction, target);
  if (!(quantile > 0 && quantile < 1))
    throw new ArgumentError(`quantileLoss: the quantile must be between 0 and 1, but is ${quantile}`);
  const distance = target.subtract(prediction);
  return settle(distance.greater(0).where(distance.multiply(quantile), distance.multiply(quantile - 1)), options);
};

/**
 * Cosine of the angle between vectors along the last axis: [..., n] and [..., n] -> [...]. 0 for a vector of zeros.
 * @example cosineSimilarity(tensor([1, 0]), tensor([1, 1])) // 0.7071
 */
export const cosineSimilarity = (x: Tensor, y: Tensor): Tensor => {
  checkAlike("cosineSimilarity", x, y, "the vectors");
  // Under the root, 1e-12 keeps the gradient finite at zeros (PyTorch's cosine_embedding_loss does the same).
  const length = (z: Tensor): Tensor => z.square().sum({ axis: -1 }).add(1e-12).sqrt();
  return x
    .multiply(y)
    .sum({ axis: -1 })
    .divide(length(x).multiply(length(y)));
};

/**
 * Brings vectors [..., n] together where the target [...] is 1 (1 - cosine), apart where it is -1 (max(0, cosine - margin)).
 * @param options.margin default 0
 */
export const cosineEmbeddingLoss = (
  x: Tensor,
  y: Tensor,
  targets: Tensor,
  options: LossOptions & { readonly margin?: number | undefined } = {},
): Tensor => {
  const cosine = cosineSimilarity(x, y);
  checkAlike("cosineEmbeddingLoss", cosine, targets, "pairs and targets");
  const apart = cosine.subtract(options.margin ?? 0).relu();
  return settle(targets.greater(0).where(cosine.negate().add(1), apart), options);
};

/**
 * InfoNCE, the contrastive loss (van den Oord, Li, Vinyals 2018): row i of the queries f32 [n, width] belongs to row i of
 * the keys, and all other keys are its negatives.
 * @param options.temperature divides the cosines; default 0.1
 */
export const contrastiveLoss = (
  queries: Tensor,
  keys: Tensor,
  options: LossOptions & { readonly temperature?: number | undefined } = {},
): Tensor => {
  checkAlike("contrastiveLoss", queries, keys, "queries and keys");
  if (queries.rank !== 2)
    throw new ShapeError(`contrastiveLoss takes vectors [n, width], but got [${queries.shape.join(", ")}]`);
  const unit = (x: Tensor): Tensor => x.divide(x.square().sum({ axis: 1, keepDimensions: true }).add(1e-12).sqrt());
  const cosines = unit(queries).matmul(unit(keys), { transposeB: true });
  return crossEntropyLoss(cosines.divide(options.temperature ?? 0.1), range(queries.shape[0] ?? 0), options);
};
