// `batch` products [m, k] x [k, n]. A batch of one is a plain matrix.
import { elementOf, input, type Measure, type Task } from "./task.ts";

export interface Matmul {
  readonly kind: "matmul";
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const measureOf = ({ batch, m, k, n }: Matmul): Measure => {
  const bytes = 4 * batch * (m * k + k * n + m * n);
  // A product with one row reads each element of b once for two operations: memory is its limit.
  return m === 1 && batch === 1
    ? { unit: "GB/s", amount: bytes, roof: "read", bytes }
    : { unit: "GFLOP/s", amount: 2 * batch * m * k * n, roof: "multiply-add", bytes };
};

export const matmulTask = (workload: Matmul): Task => {
  const { batch, m, k, n } = workload;
  const lead = batch === 1 ? [] : [batch];
  return {
    measure: measureOf(workload),
    inputs: () => [input([...lead, m, k], 11), input([...lead, k, n], 23)],
    outputShape: [...lead, m, n],
    expected: (inputs) => {
      const x = elementOf(inputs, 0);
      const y = elementOf(inputs, 1);
      return (index) => {
        const matrix = Math.floor(index / (m * n));
        const row = Math.floor(index / n) % m;
        let sum = 0;
        for (let i = 0; i < k; i++) sum += x((matrix * m + row) * k + i) * y((matrix * k + i) * n + (index % n));
        return sum;
      };
    },
    tolerance: { relative: 1e-4, absolute: 1e-5 * Math.sqrt(k) },
  };
};
