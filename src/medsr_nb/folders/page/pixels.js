"use strict";
// From the text in this page to arrays of values.

const FACTOR = 3;
const KEPT_PIXELS = 16e6; // of enlarged slices that stay decoded
const run = JSON.parse(document.getElementById("run").textContent);

// The text of one slice, which the browser may not have read yet: it is whole once more follows.
async function stored(id) {
  for (;;) {
    const read = document.readyState !== "loading";
    const element = document.getElementById(id);
    if (element && (read || element.nextElementSibling)) return element.textContent;
    if (read) throw new Error("This file is not whole: slices are missing. Copy it again.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function inflated(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Planes of bytes -> values. What each code differs by from left + upper - upper left, summed
// along its row, is what it differs by from the code above.
function values(raw, columns, count, scale) {
  const planes = raw.length / count;
  const above = new Int32Array(columns);
  const found = new Float32Array(count);
  for (let i = 0; i < count; ) {
    let sum = 0;
    for (let column = 0; column < columns; column++, i++) {
      let folded = raw[i];
      for (let plane = 1; plane < planes; plane++) folded |= raw[plane * count + i] << (8 * plane);
      sum = (sum + ((folded >>> 1) ^ -(folded & 1))) | 0;
      const code = (above[column] = (above[column] + sum) | 0);
      found[i] = code === 0 ? NaN : scale.low + scale.step * (code - 1);
    }
  }
  return found;
}

async function layer(number, index, name) {
  const entry = run.entries[number];
  const factor = name === "before" ? 1 : FACTOR;
  const raw = await inflated(await stored(`${number}.${index}.${name}`));
  const columns = entry.columns * factor;
  return values(raw, columns, columns * entry.rows * factor, entry.layers[name]);
}

const kept = new Map(); // the oldest first

// {before, after, guess, ranges} of one slice, as Float32Arrays; the last two may be missing.
function pixels(number, index) {
  const key = `${number}.${index}`;
  const entry = run.entries[number];
  const names = Object.keys(entry.layers);
  const found = kept.get(key) ?? Promise.all(names.map((name) => layer(number, index, name)))
    .then((arrays) => Object.fromEntries(names.map((name, i) => [name, arrays[i]])));
  kept.delete(key);
  kept.set(key, found);
  const most = Math.max(3, Math.floor(KEPT_PIXELS / (entry.rows * entry.columns * FACTOR ** 2)));
  while (kept.size > most) kept.delete(kept.keys().next().value);
  return found;
}

function nearest(before, rows, columns) {
  const width = columns * FACTOR;
  const found = new Float32Array(rows * FACTOR * width);
  for (let row = 0, i = 0; row < rows * FACTOR; row++) {
    const start = Math.floor(row / FACTOR) * columns;
    for (let column = 0; column < width; column++, i++) {
      found[i] = before[start + Math.floor(column / FACTOR)];
    }
  }
  return found;
}

// Keys' cubic with a = -1/2 and renormalised edges, as Pillow has it.
function cubic(x) {
  x = Math.abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

// For each place of an enlarged side: four places of the side and their weights.
function taps(side) {
  const places = new Int32Array(side * FACTOR * 4);
  const weights = new Float32Array(places.length);
  for (let place = 0; place < side * FACTOR; place++) {
    const centre = (place + 0.5) / FACTOR - 0.5;
    const first = Math.floor(centre) - 1;
    const ours = [0, 1, 2, 3].map((i) =>
      first + i < 0 || first + i >= side ? 0 : cubic(centre - first - i));
    const sum = ours.reduce((a, b) => a + b);
    ours.forEach((weight, i) => {
      places[4 * place + i] = Math.min(Math.max(first + i, 0), side - 1);
      weights[4 * place + i] = weight / sum;
    });
  }
  return [places, weights];
}

function bicubic(before, rows, columns) {
  const width = columns * FACTOR;
  const wide = new Float32Array(rows * width);
  let [at, by] = taps(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < width; column++, i++) {
      const start = row * columns, tap = 4 * column;
      wide[i] = before[start + at[tap]] * by[tap] + before[start + at[tap + 1]] * by[tap + 1]
        + before[start + at[tap + 2]] * by[tap + 2] + before[start + at[tap + 3]] * by[tap + 3];
    }
  }
  const found = new Float32Array(rows * FACTOR * width);
  [at, by] = taps(rows);
  for (let row = 0, i = 0; row < rows * FACTOR; row++) {
    const [a, b, c, d] = at.subarray(4 * row, 4 * row + 4);
    const [u, v, w, x] = by.subarray(4 * row, 4 * row + 4);
    for (let column = 0; column < width; column++, i++) {
      found[i] = wide[a * width + column] * u + wide[b * width + column] * v
        + wide[c * width + column] * w + wide[d * width + column] * x;
    }
  }
  return found;
}
