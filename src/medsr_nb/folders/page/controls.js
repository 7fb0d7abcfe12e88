// Mouse, touch, keys and the panel.

const DRAG_FOR_E = 250; // CSS pixels of a drag that widen the window e times
const NEAR = { mouse: 14, pen: 18, touch: 26 }; // CSS pixels around the line that take hold of it
const NOTCH = 50; // of a wheel, for one slice
const limited = (value, low, high) => Math.min(Math.max(value, low), high);

function showEntry(number) {
  state.number = number;
  state.index = Math.floor(entry().slices / 2);
  resetView();
  resetWindow();
  const { title, slices, rows, columns, unit, spacing, notes, layers } = entry();
  document.querySelectorAll(".unit").forEach((element) => { element.textContent = unit; });
  const size = `${columns}×${rows} → ${FACTOR * columns}×${FACTOR * rows}`;
  const fine = spacing?.map((value) => +(value / FACTOR).toPrecision(3)).join("×");
  part("facts").textContent = [title, size, slices > 1 && `${slices} slices`,
    fine && `${fine} mm a pixel`].filter(Boolean).join(" · ");
  part("slices").hidden = slices < 2;
  part("slice").max = slices;
  part("guessing").hidden = !layers.guess;
  part("ranged").hidden = !layers.ranges;
  const top = layers.guess?.width ?? 0;
  part("ticks").replaceChildren(...[0, 0.5, 1].map((share) => {
    const tick = document.createElement("span");
    tick.textContent = (share === 1 ? "≥ " : "") + written(share * top, top / 100);
    return tick;
  }));
  part("noted").hidden = !notes.length;
  part("notes").replaceChildren(...notes.map((note) => {
    const item = document.createElement("li");
    item.textContent = note;
    return item;
  }));
  part("list").querySelectorAll("button").forEach((button, at) =>
    button.setAttribute("aria-current", at === number));
  pointed = null;
  showSlice(state.index);
  showWindow();
}

function showSlice(index) {
  state.index = limited(index, 0, entry().slices - 1);
  part("slice").value = state.index + 1;
  part("slice-number").textContent = `${state.index + 1} / ${entry().slices}`;
  readSlice().then(readOut);
}

function showWindow() {
  const step = state.width / 1000;
  for (const name of ["centre", "width"]) {
    if (document.activeElement !== part(name)) part(name).value = +written(state[name], step);
  }
  part("invert").checked = state.inverted;
  colour();
}

function changeWindow(right, down) {
  state.centre += down * state.width / 300;
  state.width = limited(state.width * Math.exp(right / DRAG_FOR_E), entry().window[1] / 1000,
    entry().window[1] * 1000);
  showWindow();
}

// A value with the decimals that a step of it fills; very small ones with an exponent.
function written(value, step) {
  if (step > 0 && step < 1e-8) return value.toExponential(4);
  const decimals = limited(Math.ceil(-Math.log10(step || 1)), 0, 8);
  return (Math.round(value * 10 ** decimals) / 10 ** decimals || 0).toFixed(decimals);
}

let pointed = null; // where the pointer is on the stage, in CSS pixels; without one, the middle
function readOut() {
  const { rows, columns, unit, layers } = entry();
  const place = placed();
  const where = pointed ?? { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
  const column = Math.floor((where.x - place.left) / place.width * columns * FACTOR);
  const row = Math.floor((where.y - place.top) / place.height * rows * FACTOR);
  if (!current() || Math.min(column, row) < 0 || column >= columns * FACTOR
      || row >= rows * FACTOR) {
    part("readout").textContent = current() ? "Outside the scan" : "";
    return;
  }
  const at = row * columns * FACTOR + column;
  const value = (array, { step, whole }) => Number.isNaN(array[at]) ? "no number"
    : written(array[at], whole && Number.isInteger(array[at]) ? 1 : Math.max(step, state.width / 1e4));
  const said = [`Before ${value(shown.enlarged, layers.before)}`,
    `enlarged ${value(shown.after, layers.after)}`
      + (shown.ranges ? ` ± ${value(shown.ranges, layers.ranges)}` : ""),
    shown.guess && `guess ${value(shown.guess, layers.guess)}`];
  part("readout").textContent = (pointed ? "" : "In the middle: ")
    + `${said.filter(Boolean).join(" · ")} ${unit} · column ${column}, row ${row}`;
}

const held = new Map(); // pointers that are down: id -> their last place
let doing = null; // "line", "move" or "window"

function placeOf(event) {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left - stage.clientLeft,
    y: event.clientY - box.top - stage.clientTop };
}

function dragOf(event, at) {
  if (event.button === 2) return "window";
  if (event.button === 1) return "move";
  const distance = Math.abs(at.x - state.line * stage.clientWidth);
  if (event.target.closest("#line") || distance <= NEAR[event.pointerType]) return "line";
  return document.querySelector("input[name=drag]:checked").value;
}

stage.addEventListener("pointerdown", (event) => {
  const at = placeOf(event);
  doing = dragOf(event, at);
  held.set(event.pointerId, at);
  stage.setPointerCapture(event.pointerId);
  (doing === "line" ? part("line") : stage).focus({ preventScroll: true, focusVisible: false });
  stage.dataset.doing = doing;
  pointed = at;
  readOut();
  event.preventDefault();
});

stage.addEventListener("pointermove", (event) => {
  const at = placeOf(event);
  pointed = at;
  const last = held.get(event.pointerId);
  if (last && held.size === 1) {
    if (doing === "line") drawLine(at.x / stage.clientWidth);
    if (doing === "move") move(at.x - last.x, at.y - last.y);
    if (doing === "window") changeWindow(at.x - last.x, at.y - last.y);
  } else if (last && held.size === 2) {
    const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
    const spread = (where) => Math.hypot(where.x - other.x, where.y - other.y) || 1;
    zoom(spread(at) / spread(last), (last.x + other.x) / 2, (last.y + other.y) / 2);
    move((at.x - last.x) / 2, (at.y - last.y) / 2);
  }
  if (last) held.set(event.pointerId, at);
  readOut();
});

function released(event) {
  held.delete(event.pointerId);
  // The finger that stays after a pinch must not go on to move the line or the window.
  doing = held.size ? "move" : null;
  stage.dataset.doing = doing ?? "";
}
stage.addEventListener("pointerup", released);
stage.addEventListener("pointercancel", released);
stage.addEventListener("pointerleave", () => { if (!held.size) pointed = null; readOut(); });
stage.addEventListener("contextmenu", (event) => event.preventDefault());

let wheeled = 0;
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1);
  if (event.ctrlKey || event.metaKey || entry().slices < 2) {
    const { x, y } = placeOf(event);
    zoom(Math.exp(-limited(turned, -100, 100) / 300), x, y);
    readOut();
    return;
  }
  wheeled += limited(turned, -2 * NOTCH, 2 * NOTCH) / (Math.abs(turned) >= 2 * NOTCH ? 2 : 1);
  const steps = Math.trunc(wheeled / NOTCH);
  wheeled -= steps * NOTCH;
  if (steps) showSlice(state.index + steps);
}, { passive: false });

function drawLine(share) {
  state.line = limited(share, 0, 1);
  redraw();
}

const keys = {
  ArrowUp: () => showSlice(state.index - 1),
  ArrowDown: () => showSlice(state.index + 1),
  PageUp: () => showSlice(state.index - 10),
  PageDown: () => showSlice(state.index + 10),
  Home: () => showSlice(0),
  End: () => showSlice(entry().slices - 1),
  ArrowLeft: () => drawLine(state.line - 0.02),
  ArrowRight: () => drawLine(state.line + 0.02),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  "[": () => changeWindow(-25, 0),
  "]": () => changeWindow(25, 0),
  ",": () => changeWindow(0, -10),
  ".": () => changeWindow(0, 10),
  g: () => !part("guessing").hidden && part("guess").click(),
  b: () => document.querySelector("input[name=before]:not(:checked)").click(),
  0: () => part("reset").click(),
};
const shifted = {
  ArrowUp: () => move(0, 40),
  ArrowDown: () => move(0, -40),
  ArrowLeft: () => move(40, 0),
  ArrowRight: () => move(-40, 0),
};

// Whether a field needs a key itself; ticked boxes need but the space bar. The slider of the slices
// turns by the same keys as the page, so that up and down mean the same everywhere.
function needs(field, key) {
  if (field.type === "number") return true;
  if (field.type === "radio") return key.startsWith("Arrow");
  if (field === part("slice")) return key === "ArrowLeft" || key === "ArrowRight";
  return /^(Arrow|Page|Home|End)/.test(key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input:not([type=checkbox])");
  if (field && needs(field, event.key)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = (event.shiftKey && shifted[key]) || keys[key];
  if (!action) return;
  event.preventDefault();
  action();
  readOut();
});

part("slice").addEventListener("input", () => showSlice(part("slice").valueAsNumber - 1));
part("smaller").addEventListener("click", () => zoom(0.8));
part("larger").addEventListener("click", () => zoom(1.25));
part("invert").addEventListener("change", () => {
  state.inverted = part("invert").checked;
  colour();
});
part("guess").addEventListener("change", () => {
  state.guess = part("guess").checked;
  colour();
});
part("opacity").addEventListener("input", () => {
  state.opacity = part("opacity").valueAsNumber / 100;
  redraw();
});
part("reset").addEventListener("click", () => {
  resetView();
  resetWindow();
  showWindow();
});
for (const name of ["centre", "width"]) {
  part(name).addEventListener("input", () => {
    const value = part(name).valueAsNumber;
    if (!Number.isFinite(value) || (name === "width" && value <= 0)) return;
    state[name] = value;
    colour();
  });
  part(name).addEventListener("change", showWindow);
}
document.querySelectorAll("input[name=before]").forEach((choice) =>
  choice.addEventListener("change", () => {
    state.bicubic = choice.value === "bicubic";
    if (current()) enlarge();
  }));

part("bar").style.background = `linear-gradient(to right, ${Array.from({ length: 33 }, (_, i) =>
  `rgb(${mixed(i / 32).join(" ")} / ${fading(i / 32)})`).join(", ")})`;
run.entries.forEach(({ title }, number) => {
  const item = part("list").appendChild(document.createElement("li"));
  const button = item.appendChild(document.createElement("button"));
  Object.assign(button, { type: "button", textContent: title });
  button.addEventListener("click", () => showEntry(number));
});
part("scans").hidden = run.entries.length < 2;
window.addEventListener("error", (event) => complain(`The page failed: ${event.message}`));
new ResizeObserver(redraw).observe(stage);
if (document.documentElement.className !== "old") showEntry(0);
