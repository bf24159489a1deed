// Trees of tensors: nested plain objects and arrays, as training state comes. Flattened in a fixed order of keys.
import { ArgumentError } from "@millrace/kernels";
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

/** A text that is equal for trees of equal form and tensor types. */
export const describeTree = (tree: unknown): string => {
  if (tree instanceof Tensor) return `${tree.dtype}[${tree.shape.join(",")}]`;
  if (Array.isArray(tree)) return `(${tree.map(describeTree).join(" ")})`;
  if (!isPlainObject(tree)) return typeof tree;
  const keys = Object.keys(tree).sort();
  return `{${keys.map((key) => `${key}:${describeTree(Reflect.get(tree, key))}`).join(" ")}}`;
};
