// The quantile function of the normal distribution in float64: Acklam's rational start, made exact by Halley steps on the
// distribution function.

/** The complementary error function: its series below 2, its continued fraction above; 1e-15 of the value. */
const erfc = (x: number): number => {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
};

const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

/* biome-ignore format: a table */
const central = [[-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
  [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]] as const;
/* biome-ignore format: a table */
const tail = [[-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]] as const;

const start = (share: number): number => {
  if (share < 0.02425) {
    const x = Math.sqrt(-2 * Math.log(share));
    return polynomial(x, tail[0]) / polynomial(x, tail[1]);
  }
  const x = share - 0.5;
  return (x * polynomial(x * x, central[0])) / polynomial(x * x, central[1]);
};

/** The value below which a share of a normal distribution lies; infinite for 0 and 1. */
export const normalQuantile = (share: number): number => {
  if (share <= 0) return -Infinity;
  if (share >= 1) return Infinity;
  // Below the middle the distribution function keeps all its digits.
  if (share > 0.5) return -normalQuantile(1 - share);
  let x = start(share);
  for (let step = 0; step < 2; step++) {
    const error = erfc(-x / Math.SQRT2) / 2 - share;
    const slope = error * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
    x -= slope / (1 + (x * slope) / 2);
  }
  return x;
};
