// Where codes and zero points lie in their words; see QuantizedAttributes of the kernels for the layout.

/** Puts code `column` of a row into its words, which must be 0 there. */
export const putCode = (words: Uint32Array, row: number, column: number, code: number, bits: 8 | 4): void => {
  const byte = bits === 8 ? column & 31 : column & 15;
  const at = row + (column >>> 5) * bits + (byte >>> 2);
  const shift = 8 * (byte & 3) + (bits === 4 && column & 16 ? 4 : 0);
  words[at] = (words[at] ?? 0) | ((code & (bits === 8 ? 255 : 15)) << shift);
};

/** Puts the zero point of a group, eight a word. */
export const putZero = (words: Uint32Array, row: number, group: number, zero: number): void => {
  const at = row + (group >>> 3);
  words[at] = (words[at] ?? 0) | (zero << (4 * (group & 7)));
};
