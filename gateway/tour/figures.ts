// Numbers as people read them: grouped, with their unit, no more digits than they have. A number and its unit are joined
// by a no-break space, which a screen prints as a space.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 3000000 as "3,000,000". */
export const grouped = (value: number): string => whole.format(value);

/** Seconds with the digits that matter: "0.42 s", "12.3 s", "1 min 23 s". */
export const duration = (seconds: number): string => {
  if (seconds < 9.995) return `${seconds.toFixed(2)}\u00a0s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)}\u00a0s`;
  const rounded = Math.round(seconds);
  return `${Math.floor(rounded / 60)}\u00a0min\u00a0${rounded % 60}\u00a0s`;
};

const scaled = (value: number, base: number, units: readonly string[]): string => {
  let power = 0;
  let left = value;
  while (left >= base && power < units.length - 1) {
    left /= base;
    power++;
  }
  return `${power === 0 || left >= 99.95 ? left.toFixed(0) : left.toFixed(1)}\u00a0${units[power]}`;
};

/** Bytes in decimal units, as stores are priced: "12.4 MB". */
export const byteSize = (bytes: number): string => scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB"]);

/** Floating-point operations: "8.4 GFLOP". */
export const work = (flops: number): string => scaled(flops, 1000, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"]);

/** 0.1234 as "12.3 %". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;

/** An exact decimal amount to six places, to read: the API has every digit. */
export const amount = (decimal: string): string => Number(decimal).toFixed(6);
