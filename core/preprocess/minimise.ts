// Brent's minimiser without derivatives (Algorithms for Minimization without Derivatives, 1973, chapter 5): golden sections
// where a parabola through the last three points would not do.

const golden = (3 - Math.sqrt(5)) / 2;

/**
 * The place of a minimum of a function of one variable, looked for about [-2, 2] and outwards while it falls.
 * @param f may give NaN or infinity for places that are out of the question
 */
export const minimise = (f: (x: number) => number): number => {
  const value = (x: number): number => {
    const own = f(x);
    return Number.isNaN(own) ? Infinity : own;
  };
  let [low, high] = [-2, 2];
  while (low > -64 && value(low) < value(low + (high - low) / 64)) low *= 2;
  while (high < 64 && value(high) < value(high - (high - low) / 64)) high *= 2;
  return within(value, low, high);
};

const within = (f: (x: number) => number, from: number, to: number): number => {
  let [low, high] = [from, to];
  let best = low + golden * (high - low);
  let [second, third] = [best, best];
  let bestValue = f(best);
  let [secondValue, thirdValue] = [bestValue, bestValue];
  let [step, before] = [0, 0];
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2;
    const tolerance = 1.48e-8 * Math.abs(best) + 1e-11;
    if (Math.abs(best - middle) <= 2 * tolerance - (high - low) / 2) break;
    let parabolic = false;
    if (Math.abs(before) > tolerance) {
      const r = (best - second) * (bestValue - thirdValue);
      const s = (best - third) * (bestValue - secondValue);
      const divisor = 2 * (s - r);
      const numerator = ((best - third) * s - (best - second) * r) * (divisor > 0 ? -1 : 1);
      const own = Math.abs(divisor);
      if (
        Math.abs(numerator) < Math.abs((own * before) / 2) &&
        numerator > own * (low - best) &&
        numerator < own * (high - best)
      ) {
        before = step;
        step = numerator / own;
        parabolic = true;
        const next = best + step;
        if (next - low < 2 * tolerance || high - next < 2 * tolerance) step = best < middle ? tolerance : -tolerance;
      }
    }
    if (!parabolic) {
      before = best < middle ? high - best : low - best;
      step = golden * before;
    }
    const next = best + (Math.abs(step) >= tolerance ? step : step > 0 ? tolerance : -tolerance);
    const nextValue = f(next);
    if (nextValue <= bestValue) {
      if (next < best) high = best;
      else low = best;
      [third, thirdValue, second, secondValue] = [second, secondValue, best, bestValue];
      [best, bestValue] = [next, nextValue];
    } else {
      if (next < best) low = next;
      else high = next;
      if (nextValue <= secondValue || second === best)
        [third, thirdValue, second, secondValue] = [second, secondValue, next, nextValue];
      else if (nextValue <= thirdValue || third === best || third === second) [third, thirdValue] = [next, nextValue];
    }
  }
  return best;
};
