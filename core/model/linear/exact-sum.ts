// Sums of products as if in twice the digits of float64 (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005: Dot2).

const splitter = 2 ** 27 + 1;

/** What rounding took from the product, by Veltkamp's split. */
const productError = (left: number, right: number, product: number): number => {
  const leftBig = splitter * left;
  const leftHigh = leftBig - (leftBig - left);
  const leftLow = left - leftHigh;
  const rightBig = splitter * right;
  const rightHigh = rightBig - (rightBig - right);
  const rightLow = right - rightHigh;
  return leftLow * rightLow - (product - leftHigh * rightHigh - leftLow * rightHigh - leftHigh * rightLow);
};

/** A running sum of products. */
export interface ExactSum {
  add(left: number, right: number): void;
  value(): number;
}

/** A sum of products that starts at `start`. @example const sum = exactSum(1); sum.add(2, 3); sum.value() // 7 */
export const exactSum = (start = 0): ExactSum => {
  let high = start;
  let low = 0;
  return {
    add: (left, right) => {
      const product = left * right;
      const sum = high + product;
      const part = sum - high;
      low += high - (sum - part) + (product - part) + productError(left, right, product);
      high = sum;
    },
    value: () => high + low,
  };
};
