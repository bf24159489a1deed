// Convolution and its gradients as matrix products: weights are packed as the left operand, patches of the image straight
// from the image as the right one. Every element is one chain of multiply-adds in ascending depth, so neither tiles nor
// threads change its bits.
import { activateRow, DEPTH, edgeTile, FROM_RESULT, FROM_ZERO, LEFT, microKernel, RIGHT } from "../matmul/matmul.wasm";
import { packLeft, packRight } from "../matmul/pack.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, word } from "../runtime/vector.wasm";
import { packPatches, packTaps } from "./patches.wasm";

/** Multiplies packed operands into a tile of c, rows `stride` bytes apart, strips of the left one `step` bytes. */
function multiplyPacked(
  left: usize, step: usize, right: usize, c: usize, stride: usize, rows: u32, columns: u32, depth: u32, start: u32, relu: bool,
): void {
  for (let j: u32 = 0; j < columns; j += 8) {
    const panel = right + ((<usize>j * depth) << 2);
    const width = columns - j;
    for (let i: u32 = 0, strip = left; i < rows; i += 6, strip += step) {
      const to = c + <usize>i * stride + ((<usize>j) << 2);
      const height = rows - i;
      if (width >= 8 && height >= 6) microKernel(depth, strip, panel, to, stride, start, 0, relu);
      else edgeTile(depth, strip, panel, to, stride, start, 0, relu, height < 6 ? height : 6, width < 8 ? width : 8);
    }
  }
}

/** Fills rows of c with one number each. */
function fillWithBias(c: usize, stride: usize, bias: usize, rows: u32, columns: u32): void {
  for (let i: u32 = 0; i < rows; i++, c += stride, bias += 4) {
    const value = load<f32>(bias);
    const lanes = f32x4.splat(value);
    let j: u32 = 0;
    for (; j + 4 <= columns; j += 4) v128.store(c + ((<usize>j) << 2), lanes);
    for (; j < columns; j++) store<f32>(c + ((<usize>j) << 2), value);
  }
}

/**
 * Units are tiles of one image's group, row tiles fastest, then column tiles, groups, images. Block: [image, weights (each
 * group m rows of k), bias or 0, result, m rows (outputs of a group), n columns (places of a plane), k depth, activation,
 * rows of a tile (a multiple of 6 up to 96), columns of a tile (a multiple of 8 up to 512), groups, channels of a group of
 * the image, how patches are gathered: 0 forwards, 1 turned, 2 the image is the operand, 1 when weights lie [k, m], then the
 * geometry, then weights as convolutionStrips has laid them out or 0].
 */
export function convolutionPacked(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const tileRows = word(block, 8);
  const tileColumns = word(block, 9);
  const rowTiles = (m + tileRows - 1) / tileRows;
  const columnTiles = (n + tileColumns - 1) / tileColumns;
  let unit = begin;
  while (unit < end) {
    const strip = unit / rowTiles;
    const first = unit - strip * rowTiles;
    let count = rowTiles - first;
    if (count > end - unit) count = end - unit;
    const image = strip / columnTiles;
    const column = (strip - image * columnTiles) * tileColumns;
    const columns = n - column < tileColumns ? n - column : tileColumns;
    const lastRow = (first + count) * tileRows;
    packedStrip(block, image, column, columns, first * tileRows, lastRow < m ? lastRow : m);
    unit += count;
  }
}

/** Rows [firstRow, lastRow) of columns [column, column + columns) of one image's group; `image` counts those. */
function packedStrip(block: usize, image: u32, column: u32, columns: u32, firstRow: u32, lastRow: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const activation = word(block, 7);
  const tileRows = word(block, 8);
  const group = image % word(block, 10);
  const gathering = word(block, 12);
  const transposed = word(block, 13) != 0;
  const geometry = block + 56;
  const pixels = (<usize>word(geometry, 0)) * word(geometry, 1);
  const from = address(block, 0) + ((<usize>image * word(block, 11) * pixels) << 2);
  const weights = address(block, 1) + ((<usize>group * m * k) << 2);
  const bias = address(block, 2);
  const stride = (<usize>n) << 2;
  const c = address(block, 3) + <usize>image * m * stride + ((<usize>column) << 2);
  const strips = address(block, 25) + <usize>group * ((m + 5) / 6) * k * 24;
  const isKept = address(block, 25) != 0;
  const right = threadArena() + RIGHT;
  let at: u32 = 0;
  do {
    const depth = k - at < DEPTH ? k - at : DEPTH;
    const last = at + depth >= k;
    if (gathering == 2) packRight(right, from, false, n, k, column, columns, at, depth);
    else if (depth > 0) packPatches(right, from, geometry, gathering == 1, column, columns, at, depth);
    for (let row = firstRow; row < lastRow; row += tileRows) {
      const rows = lastRow - row < tileRows ? lastRow - row : tileRows;
      const tile = c + <usize>row * stride;
      let left = threadArena() + LEFT;
      if (isKept) left = strips + (<usize>(row / 6) * k + at) * 24;
      else packLeft(left, weights, transposed, m, k, row, rows, at, depth);
      if (at == 0 && bias) fillWithBias(tile, stride, bias + ((<usize>(group * m + row)) << 2), rows, columns);
      const start = at > 0 || bias ? FROM_RESULT : FROM_ZERO;
      const step = <usize>(isKept ? k : depth) * 24;
      multiplyPacked(left, step, right, tile, stride, rows, columns, depth, start, last && activation == 1);
      if (last && activation > 1) {
        for (let i: u32 = 0; i < rows; i++) activateRow(tile + <usize>i * stride, columns, activation);
      }
    }
    at += DEPTH;
  } while (at < k);
}

/** Weights as strips of six rows over the whole depth. Units are strips, then groups. Block: [weights, strips, m, k]. */
export function convolutionStrips(block: usize, begin: u32, end: u32): void {
  const m = word(block, 2);
  const k = word(block, 3);
  const strips = (m + 5) / 6;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / strips;
    const row = (unit - group * strips) * 6;
    const from = address(block, 0) + ((<usize>group * m * k) << 2);
    packLeft(address(block, 1) + <usize>unit * k * 24, from, false, m, k, row, m - row < 6 ? m - row : 6, 0, k);
  }
}

/**
 * The gradient of the weights. Units are tiles of one group, row tiles fastest, then column tiles, groups. Block: [image,
 * gradient, result, m rows (outputs of a group), n columns (channels of a group times taps), places of a plane, images, rows
 * of a tile, columns of a tile, groups, channels of a group, 1 when patches are the image, then the geometry].
 */
export function convolutionWeights(block: usize, begin: u32, end: u32): void {
  const m = word(block, 3);
  const n = word(block, 4);
  const places = word(block, 5);
  const images = word(block, 6);
  const tileRows = word(block, 7);
  const tileColumns = word(block, 8);
  const groups = word(block, 9);
  const channels = word(block, 10);
  const plain = word(block, 11);
  const geometry = block + 48;
  const pixels = (<usize>word(geometry, 0)) * word(geometry, 1);
  const rowTiles = (m + tileRows - 1) / tileRows;
  const columnTiles = (n + tileColumns - 1) / tileColumns;
  const stride = (<usize>n) << 2;
  const left = threadArena() + LEFT;
  const right = threadArena() + RIGHT;
  for (let unit = begin; unit < end; unit++) {
    const strip = unit / rowTiles;
    const row = (unit - strip * rowTiles) * tileRows;
    const rows = m - row < tileRows ? m - row : tileRows;
    const group = strip / columnTiles;
    const column = (strip - group * columnTiles) * tileColumns;
    const columns = n - column < tileColumns ? n - column : tileColumns;
    const tile = address(block, 2) + ((<usize>(group * m + row)) * stride) + ((<usize>column) << 2);
    let start = FROM_ZERO;
    for (let i: u32 = 0; i < images; i++) {
      const image = address(block, 0) + (((<usize>i * groups + group) * channels * pixels) << 2);
      const gradient = address(block, 1) + (((<usize>i * groups + group) * m * places) << 2);
      for (let at: u32 = 0; at < places; at += DEPTH) {
        const depth = places - at < DEPTH ? places - at : DEPTH;
        packLeft(left, gradient, false, m, places, row, rows, at, depth);
        if (plain) packRight(right, image, true, n, places, column, columns, at, depth);
        else packTaps(right, image, geometry, column, columns, at, depth);
        multiplyPacked(left, <usize>depth * 24, right, tile, stride, rows, columns, depth, start, false);
        start = FROM_RESULT;
      }
    }
  }
}

/**
 * Units are (group, channel, output). Block: [weights, to, outputs and channels of a group, height and width of the kernel, then
 * down and across: first tap, taps between, taps taken]. Gives [groups, channels, outputs, taps taken].
 */
export function convolutionPhaseWeights(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 2);
  const channels = word(block, 3);
  const width = word(block, 5);
  const down = word(block, 8);
  const across = word(block, 11);
  const step = (<usize>word(block, 10)) << 2;
  let to = address(block, 1) + ((<usize>begin * down * across) << 2);
  for (let unit = begin; unit < end; unit++) {
    const pair = unit / outputs;
    const group = pair / channels;
    const output = group * outputs + unit - pair * outputs;
    const channel = pair - group * channels;
    const from = address(block, 0) + (((<usize>output * channels + channel) * word(block, 4) * width) << 2);
    for (let i: u32 = 0; i < down; i++) {
      let at = from + ((<usize>(word(block, 6) + i * word(block, 7)) * width + word(block, 9)) << 2);
      for (let j: u32 = 0; j < across; j++, to += 4, at += step) store<u32>(to, load<u32>(at));
    }
  }
}

/**
 * Units are rows of one phase. Block: [from, to, rows and columns of the phase, height and width of the result, first row and
 * column there, rows and columns between].
 */
export function convolutionPhaseRows(block: usize, begin: u32, end: u32): void {
  const rows = word(block, 2);
  const columns = word(block, 3);
  const height = word(block, 4);
  const width = word(block, 5);
  const step = (<usize>word(block, 9)) << 2;
  let from = address(block, 0) + ((<usize>begin * columns) << 2);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / rows;
    const row = word(block, 6) + (unit - plane * rows) * word(block, 8);
    let to = address(block, 1) + (((<usize>plane * height + row) * width + word(block, 7)) << 2);
    for (const stop = from + ((<usize>columns) << 2); from < stop; from += 4, to += step) store<u32>(to, load<u32>(from));
  }
}
