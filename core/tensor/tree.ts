// Trees of tensors: nested plain objects and arrays, as training state comes. Flattened in a fixed order of keys.
import { ArgumentError, sameType, type TensorType } from "@millrace/kernels";
import { Tensor } from "./tensor.ts";

const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Walks a tree in its fixed order (object keys alphabetical), replacing each tensor. Gives the tree's form back. */
const mapTree = (tree: unknown, path: string, visit: (tensor: Tensor) => Tensor): unknown => {
  if (tree instanceof Tensor) return visit(tree);
  if (Array.isArray(tree)) return tree.map((item, i) => mapTree(item, `${path}[${i}]`, visit));
  if (isPlainObject(tree)) {
    const built: Record<string, unknown> = {};
    for (const key of Object.keys(tree).sort()) built[key] = mapTree(Reflect.get(tree, key), `${path}.${key}`, visit);
    return built;
  }
  return refuseLeaf(tree, path);
};

const refuseLeaf = (tree: unknown, path: string): never => {
  throw new ArgumentError(
    `${path} is ${tree === null ? "null" : typeof tree}, not a tensor; wrap numbers with tensor(...), or close over values that never change`,
  );
};

/** The tensors of a tree. @throws ArgumentError naming the place of anything that is not a tensor, list or plain object */
export const flattenTree = (tree: unknown, path = "argument"): Tensor[] => {
  const found: Tensor[] = [];
  mapTree(tree, path, (tensor) => {
    found.push(tensor);
    return tensor;
  });
  return found;
};

/** A tree of the same form with other tensors in its places, in the order of flattenTree. */
export const rebuildTree = <T>(tree: T, tensors: readonly Tensor[]): T => {
  let next = 0;
  const built = mapTree(tree, "tree", () => {
    const tensor = tensors[next++];
    if (!tensor) throw new ArgumentError("there are fewer tensors than places in the tree");
    return tensor;
  });
  // Only tensors were replaced, by tensors, so the type is the given tree's.
  return built as T;
};

/**
 * A tree whose tensors are made from those in the same places of one tree or several of one form.
 * @param change from a tensor of each tree, in the order of the trees
 * @throws ArgumentError when the forms (nesting, names, dtypes, shapes) differ
 * @example mapTrees((w, g) => w.subtract(g.multiply(0.1)), weights, gradient)
 */
export const mapTrees = <T, R extends readonly T[]>(
  change: (first: Tensor, ...rest: { [K in keyof R]: Tensor }) => Tensor,
  tree: T,
  ...others: R
): T => {
  const form = describeTree(tree);
  for (const other of others) {
    const own = describeTree(other);
    if (own !== form)
      throw new ArgumentError(`trees of tensors must be alike, but one is ${form} and another is ${own}`);
  }
  const rest = others.map((other) => flattenTree(other));
  const changed = flattenTree(tree, "the tree").map((leaf, i) =>
    // Trees of one form have as many tensors, so each of the others has one for this place.
    change(leaf, ...(rest.map((leaves) => leaves[i]) as { [K in keyof R]: Tensor })),
  );
  return rebuildTree(tree, changed);
};

/** A text that is equal for trees of equal form and tensor types. */
export const describeTree = (tree: unknown): string => {
  if (tree instanceof Tensor) return `${tree.dtype}[${tree.shape.join(",")}]`;
  if (Array.isArray(tree)) return `(${tree.map(describeTree).join(" ")})`;
  if (!isPlainObject(tree)) return typeof tree;
  const keys = Object.keys(tree).sort();
  return `{${keys.map((key) => `${key}:${describeTree(Reflect.get(tree, key))}`).join(" ")}}`;
};

/** What describeTree says, as a value that trees are held against at each call without making text. */
export type TreeForm =
  | { readonly type: TensorType }
  | { readonly items: readonly TreeForm[] }
  | { readonly keys: readonly string[]; readonly values: readonly TreeForm[] };

/** The form of a tree. @throws ArgumentError as flattenTree does */
export const formOf = (tree: unknown, path = "argument"): TreeForm => {
  if (tree instanceof Tensor) return { type: tree.value.type };
  if (Array.isArray(tree)) return { items: tree.map((item, i) => formOf(item, `${path}[${i}]`)) };
  if (!isPlainObject(tree)) return refuseLeaf(tree, path);
  const keys = Object.keys(tree).sort();
  return { keys, values: keys.map((key) => formOf(Reflect.get(tree, key), `${path}.${key}`)) };
};

/** The tree of a form around tensors, in the order of flattenTree: rebuildTree for a tree that is made again and again. */
export const treeOf = (form: TreeForm, tensors: Iterator<Tensor>): unknown => {
  if ("items" in form) return form.items.map((item) => treeOf(item, tensors));
  if ("keys" in form) {
    const built: Record<string, unknown> = {};
    for (let i = 0; i < form.keys.length; i++) {
      const [key, value] = [form.keys[i], form.values[i]];
      if (key !== undefined && value) built[key] = treeOf(value, tensors);
    }
    return built;
  }
  const { done, value } = tensors.next();
  if (done) throw new ArgumentError("there are fewer tensors than places in the tree");
  return value;
};

/** True when a tree has a form; its tensors are then appended to `leaves` in the order of flattenTree. */
export const hasForm = (tree: unknown, form: TreeForm, leaves: Tensor[]): boolean => {
  if (tree instanceof Tensor) {
    if (!("type" in form)) return false;
    leaves.push(tree);
    return form.type === tree.value.type || sameType(form.type, tree.value.type);
  }
  if (Array.isArray(tree)) {
    if (!("items" in form) || form.items.length !== tree.length) return false;
    return form.items.every((item, i) => hasForm(tree[i], item, leaves));
  }
  if (!("keys" in form) || !isPlainObject(tree) || Object.keys(tree).length !== form.keys.length) return false;
  return form.keys.every((key, i) => {
    const value = form.values[i];
    return value !== undefined && Object.hasOwn(tree, key) && hasForm(Reflect.get(tree, key), value, leaves);
  });
};
