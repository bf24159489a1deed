// Einstein summation: the subscripts become transposes, one batched matrix product for each pair, and sums.
import { ArgumentError, ShapeError, sizeOf } from "@millrace/kernels";
import type { Tensor } from "./tensor.ts";

interface Labelled {
  readonly x: Tensor;
  readonly labels: string;
}

/** Axes in the order of `labels`, which must be a permutation of those at hand. */
const arrange = ({ x, labels }: Labelled, order: string): Tensor =>
  x.transpose([...order].map((label) => labels.indexOf(label)));

/** Sums the axes whose labels are in no one else's need. */
const sumOut = ({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled => {
  const axes = [...labels].flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  return axes.length === 0
    ? { x, labels }
    : { x: x.sum({ axis: axes }), labels: [...labels].filter((label) => needed.has(label)).join("") };
};

const sizesOf = (label: string, a: Labelled): number => a.x.shape[a.labels.indexOf(label)] ?? 1;

/** Two operands as one: shared labels that stay are batch axes, shared ones that go are summed by the product. */
const contract = (left: Labelled, right: Labelled, later: ReadonlySet<string>): Labelled => {
  const a = sumOut(left, new Set([...later, ...right.labels]));
  const b = sumOut(right, new Set([...later, ...left.labels]));
  const batch = [...a.labels].filter((label) => b.labels.includes(label) && later.has(label));
  const inner = [...a.labels].filter((label) => b.labels.includes(label) && !later.has(label));
  const rows = [...a.labels].filter((label) => !b.labels.includes(label));
  const columns = [...b.labels].filter((label) => !a.labels.includes(label));
  const count = (labels: readonly string[], from: Labelled): number =>
    sizeOf(labels.map((label) => sizesOf(label, from)));
  const [batchSize, m, k, n] = [count(batch, a), count(rows, a), count(inner, a), count(columns, b)];
  const x = arrange(a, [...batch, ...rows, ...inner].join("")).reshape([batchSize, m, k]);
  const y = arrange(b, [...batch, ...inner, ...columns].join("")).reshape([batchSize, k, n]);
  const shape = [
    ...batch.map((label) => sizesOf(label, a)),
    ...rows.map((label) => sizesOf(label, a)),
    ...columns.map((label) => sizesOf(label, b)),
  ];
  return { x: x.matmul(y).reshape(shape), labels: [...batch, ...rows, ...columns].join("") };
};

const readSubscripts = (subscripts: string, operands: readonly Tensor[]): { inputs: Labelled[]; output: string } => {
  const [left = "", right, ...beyond] = subscripts.replaceAll(" ", "").split("->");
  const inputs = left.split(",");
  const refuse = (why: string): never => {
    throw new ArgumentError(`einsum "${subscripts}": ${why}`);
  };
  if (
    right === undefined ||
    beyond.length > 0 ||
    !/^[a-zA-Z]*$/.test(right) ||
    !inputs.every((labels) => /^[a-zA-Z]*$/.test(labels))
  )
    return refuse('write letters for axes, commas between operands and "->" before the result, as in "ij,jk->ik"');
  if (inputs.length !== operands.length)
    return refuse(`${inputs.length} operands are named, but ${operands.length} were given`);
  const sizes = new Map<string, number>();
  const labelled = operands.map((x, i) => {
    const labels = inputs[i] ?? "";
    if (labels.length !== x.rank)
      return refuse(`"${labels}" names ${labels.length} axes, but operand ${i} has shape [${x.shape.join(", ")}]`);
    if (new Set(labels).size !== labels.length)
      return refuse(`"${labels}" names an axis twice in one operand; take the diagonal first`);
    [...labels].forEach((label, axis) => {
      const size = x.shape[axis] ?? 1;
      const known = sizes.get(label) ?? size;
      if (known !== size)
        throw new ShapeError(`einsum "${subscripts}": axis "${label}" has sizes ${known} and ${size}`);
      sizes.set(label, size);
    });
    return { x, labels };
  });
  if (new Set(right).size !== right.length || [...right].some((label) => !sizes.has(label)))
    return refuse(`each axis of the result "${right}" must be named once, and in an operand`);
  return { inputs: labelled, output: right };
};

/**
 * Sums products of operands over the axes that the result does not name.
 * @throws ArgumentError for subscripts that cannot be read, ShapeError for sizes that disagree
 * @example einsum("bij,bjk->bik", a, b) // a batch of matrix products
 */
export const einsum = (subscripts: string, ...operands: readonly Tensor[]): Tensor => {
  const { inputs, output } = readSubscripts(subscripts, operands);
  const [first, ...rest] = inputs;
  if (!first) throw new ArgumentError("einsum takes at least one operand");
  const result = rest.reduce(
    (left, right, i) =>
      contract(left, right, new Set([...output, ...rest.slice(i + 1).flatMap(({ labels }) => [...labels])])),
    first,
  );
  return arrange(sumOut(result, new Set(output)), output);
};
