// What is shown, and how it is drawn.

const GUESS_COLOURS = [[70, 30, 140], [190, 50, 130], [245, 110, 50], [255, 225, 90]];
const CRISP_FROM = 3; // screen pixels an enlarged pixel: from here its edges are shown
const LARGEST = 40; // times the size that fits

const part = (id) => document.getElementById(id);
const stage = part("stage");
const canvas = part("canvas");
const screen2d = canvas.getContext("2d");
const sheet = () => document.createElement("canvas").getContext("2d");
const sheets = { before: sheet(), after: sheet(), guess: sheet() };

const state = { number: 0, index: 0, bicubic: true, guess: false, opacity: 0.6 };
let shown = null; // the pixels of the slice on the screen, `enlarged` (before at full size) too
const entry = () => run.entries[state.number];
const current = () => shown !== null && shown.number === state.number;

// Middle of the stage over (x, y), in shares of the picture; zoom 1 fits.
function resetView() {
  Object.assign(state, { line: 0.5, zoom: 1, x: 0.5, y: 0.5 });
}

function resetWindow() {
  [state.centre, state.width] = entry().window;
  state.inverted = entry().inverted;
}

// Slices are wheeled past faster than they are read: always the last one asked for is next.
let reading = false, ahead = null;
async function readSlice() {
  if (reading) return;
  reading = true;
  try {
    for (let wanted = null; wanted !== `${state.number}.${state.index}`; ) {
      wanted = `${state.number}.${state.index}`;
      const { number, index } = state;
      const found = await pixels(number, index);
      if (number !== state.number) continue;
      shown = { ...found, number, index };
      enlarge();
      part("message").hidden = true;
    }
    clearTimeout(ahead);
    ahead = setTimeout(readAhead, 60);
  } catch (error) {
    complain(error.message);
  } finally {
    reading = false;
  }
}

function readAhead() {
  for (const index of [state.index + 1, state.index - 1]) {
    if (index >= 0 && index < entry().slices) pixels(state.number, index).catch(() => {});
  }
}

function complain(text) {
  part("message").textContent = text;
  part("message").hidden = false;
}

function enlarge() {
  const { rows, columns } = run.entries[shown.number];
  shown.enlarged = (state.bicubic ? bicubic : nearest)(shown.before, rows, columns);
  colour();
}

// Values -> greys on the two sheets, and the guess on its own.
function colour() {
  if (!current()) return redraw();
  paint(sheets.before, shown.enlarged, greyTable, state.centre - state.width / 2, state.width);
  paint(sheets.after, shown.after, greyTable, state.centre - state.width / 2, state.width);
  if (shown.guess && state.guess) {
    paint(sheets.guess, shown.guess, guessTable, 0, entry().layers.guess.width || 1);
  }
  redraw();
}

function mixed(share) {
  const place = share * (GUESS_COLOURS.length - 1);
  const first = Math.min(Math.floor(place), GUESS_COLOURS.length - 2);
  return GUESS_COLOURS[first].map((from, i) =>
    Math.round(from + (place - first) * (GUESS_COLOURS[first + 1][i] - from)));
}

// Weak guesses fade out, so that the picture stays to be seen.
const fading = (share) => Math.min(1, share * 4);

// Colours as the canvas has them in its memory: alpha, blue, green, red from the highest byte.
const guessTable = Uint32Array.from({ length: 256 }, (_, i) => {
  const [red, green, blue] = mixed(i / 255);
  return (Math.round(255 * fading(i / 255)) << 24) | (blue << 16) | (green << 8) | red;
});
const greyTable = Uint32Array.from({ length: 256 }, (_, i) => 0xff000000 | (i * 0x010101));

// From `low`, the table's first colour, to `low + width`, its last; no number is black or nothing.
function paint(target, array, table, low, width) {
  const { rows, columns } = entry();
  const size = { width: columns * FACTOR, height: rows * FACTOR };
  if (target.canvas.width !== size.width || target.canvas.height !== size.height) {
    Object.assign(target.canvas, size);
    target.image = null;
  }
  target.image ??= target.createImageData(size.width, size.height);
  const bits = new Uint32Array(target.image.data.buffer);
  const gain = 255 / width;
  const flip = table === greyTable && state.inverted ? 255 : 0;
  const none = table === greyTable ? table[0] : 0;
  for (let i = 0; i < bits.length; i++) {
    const value = array[i];
    const place = Math.min(Math.max((value - low) * gain + 0.5, 0), 255) ^ flip;
    bits[i] = value === value ? table[place] : none;
  }
  target.putImageData(target.image, 0, 0);
}

// Where the picture lies on the stage, in CSS pixels.
function placed() {
  const { rows, columns, spacing } = entry();
  const [high, wide] = spacing ?? [1, 1];
  const width = columns * wide, height = rows * high;
  const across = stage.clientWidth, down = stage.clientHeight;
  const scale = Math.min(across / width, down / height) * state.zoom;
  return {
    left: across / 2 - state.x * width * scale,
    top: down / 2 - state.y * height * scale,
    width: width * scale,
    height: height * scale,
    millimetre: spacing ? scale : null,
  };
}

let waiting = false;
function redraw() {
  if (!waiting) requestAnimationFrame(draw);
  waiting = true;
}

function draw() {
  waiting = false;
  const dense = window.devicePixelRatio || 1;
  const width = Math.round(stage.clientWidth * dense);
  const height = Math.round(stage.clientHeight * dense);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  screen2d.clearRect(0, 0, width, height);
  const line = Math.round(state.line * width);
  if (current()) {
    const place = placed();
    drawPart([sheets.before], 0, line, place, dense);
    drawPart([sheets.after, state.guess && shown.guess && sheets.guess], line, width, place, dense);
    drawScale(place.millimetre);
  }
  part("line").style.left = `${100 * state.line}%`;
  part("line").setAttribute("aria-valuenow", Math.round(100 * state.line));
  part("zoom").textContent = `${Math.round(100 * state.zoom)} %`;
}

function drawPart(layers, from, to, place, dense) {
  screen2d.save();
  screen2d.beginPath();
  screen2d.rect(from, 0, to - from, canvas.height);
  screen2d.clip();
  const { columns } = entry();
  screen2d.imageSmoothingEnabled = place.width * dense / (columns * FACTOR) < CRISP_FROM;
  screen2d.imageSmoothingQuality = "high";
  for (const layer of layers) {
    if (!layer) continue;
    screen2d.globalAlpha = layer === sheets.guess ? state.opacity : 1;
    screen2d.drawImage(layer.canvas, place.left * dense, place.top * dense,
      place.width * dense, place.height * dense);
  }
  screen2d.restore();
}

// A bar of 1, 2 or 5 times a power of ten, at most a fifth of the stage wide.
function drawScale(millimetre) {
  part("scale").hidden = !millimetre;
  if (!millimetre) return;
  const most = stage.clientWidth / 5 / millimetre;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
  part("scale").firstElementChild.style.width = `${length * millimetre}px`;
  part("scale").lastElementChild.textContent =
    length >= 10 ? `${length / 10} cm` : `${+length.toPrecision(1)} mm`;
}

// Zooms by `by` and keeps what lies at (x, y) of the stage where it is.
function zoom(by, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const before = placed();
  state.zoom = Math.min(Math.max(state.zoom * by, 0.5), LARGEST);
  const grown = placed().width / before.width;
  move((1 - grown) * (x - before.left - before.width * state.x),
    (1 - grown) * (y - before.top - before.height * state.y));
}

// Moves the picture by CSS pixels; its edge goes no further than the middle of the stage.
function move(right, down) {
  const place = placed();
  state.x = Math.min(Math.max(state.x - right / place.width, 0), 1);
  state.y = Math.min(Math.max(state.y - down / place.height, 0), 1);
  redraw();
}
