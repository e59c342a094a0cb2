"use strict";

// The map: where the view lies, what is drawn there, and what moves it. Places are in pixels of the scene's grid.

document.documentElement.classList.add("scripted"); // shows what only a script can answer

const byId = (id) => document.getElementById(id);
const scene = JSON.parse(byId("scene").textContent);

const box = ([row, column, height, width]) => ({ x: column, y: row, w: width, h: height });
const words = (number) => (number < 0 ? "" : scene.captions[number]);
const tiles = scene.tiles.map(([id, row, column, window, own, said, probability, changed, valid, area, lon, lat, colour]) => ({
  kind: "tile", id, row, column, box: box(window), own: box(own), caption: words(said), skipped: said < 0,
  probability, changed: changed === 1, valid, area, lon, lat, colour, href: `#tile-${id}`,
}));
const areas = scene.areas.map(([id, window, area, probability, members, said, lon, lat]) => ({
  kind: "area", id, box: box(window), area, probability, members, caption: words(said), lon, lat, href: `#area-${id}`,
}));
const tileOf = new Map(tiles.map((tile) => [tile.id, tile]));
const areaOf = new Map(areas.map((area) => [area.id, area]));
for (const area of areas) {
  area.d = byId(`area-${area.id}`).getAttribute("d");
  area.path = new Path2D(area.d);
}

const map = byId("map");
const canvas = map.querySelector("canvas");
const pen = canvas.getContext("2d");
const outlines = byId("areas");
const pictures = [...map.querySelectorAll(".date img")];
const view = { x: 0, y: 0, scale: 1, fits: true };
const shown = { split: 0.5, chosen: null, marked: null, listed: null };
let width = 0, height = 0; // of the map on the screen

const CLICK = 5; // pixels that a click may tremble
const CLOSEST = 8; // pixels of the screen a pixel of the grid at the most

// where the view lies

const whole = () => Math.min(width / scene.width, height / scene.height);
const toScreen = (at) => [(at.x - view.x) * view.scale, (at.y - view.y) * view.scale];
const toGrid = (x, y) => [view.x + x / view.scale, view.y + y / view.scale];

function place(x, y, scale) {
  view.scale = Math.min(Math.max(scale, whole()), Math.max(CLOSEST, whole()));
  view.fits = view.scale <= whole() * 1.001;
  const keep = (start, shownPart, all) => (shownPart >= all ? (all - shownPart) / 2 : Math.min(Math.max(start, 0), all - shownPart));
  view.x = keep(x, width / view.scale, scene.width);
  view.y = keep(y, height / view.scale, scene.height);
  map.classList.toggle("zoomed", !view.fits); // then one finger moves the map, not the page
  redraw();
}

function zoomAt(x, y, factor) {
  const [column, row] = toGrid(x, y);
  const scale = Math.min(Math.max(view.scale * factor, whole()), Math.max(CLOSEST, whole()));
  place(column - x / scale, row - y / scale, scale);
}

const fit = () => place(0, 0, 0);
const moveBy = (dx, dy) => place(view.x - dx / view.scale, view.y - dy / view.scale, view.scale);

// shows a part of the scene with some ground around it
function frame(part, room = 3) {
  const scale = Math.min(Math.min(width / part.w, height / part.h) / room, 3);
  place(part.x + part.w / 2 - width / scale / 2, part.y + part.h / 2 - height / scale / 2, scale);
}

// moves the view only if a part isn't seen well
function bringIntoView(part) {
  const [x, y] = toScreen(part);
  const inside = x >= 0 && y >= 0 && x + part.w * view.scale <= width && y + part.h * view.scale <= height;
  if (!inside || Math.max(part.w, part.h) * view.scale < 60) frame(part);
}

// what is drawn

let waiting = false;
function redraw() {
  if (waiting || !width) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

function draw() {
  const ratio = devicePixelRatio || 1;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const split = shown.split * width;
  drawDate(0, 0, split);
  drawDate(1, split, width);
  if (byId("show-tiles").checked) drawTiles();
  drawMarks();
  outlines.setAttribute("viewBox", [view.x, view.y, width / view.scale, height / view.scale].join(" "));
  map.style.setProperty("--at", `${split}px`);
  map.style.setProperty("--line-width", `${Math.min(Math.max(10 * view.scale, 0.8), 2)}px`); // thin where areas are small
  map.classList.toggle("far", view.scale < 0.1);
  drawScale();
}

function drawDate(date, left, right) {
  if (right <= left) return;
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, right - left, height);
  pen.clip();
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "medium";
  const [x, y] = toScreen({ x: 0, y: 0 });
  pen.drawImage(pictures[date], x, y, scene.width * view.scale, scene.height * view.scale);
  for (const tile of sharpTiles()) {
    const image = sharp(tile, date, redraw);
    if (image) pen.drawImage(image, ...toScreen(tile.box), tile.box.w * view.scale, tile.box.h * view.scale);
  }
  pen.restore();
}

// tiles whose own pictures show more than the whole date does at this zoom
function sharpTiles() {
  const enlarged = (view.scale * scene.width) / pictures[0].naturalWidth;
  return enlarged < 1.2 ? [] : tiles.filter((tile) => crops.has(tile.id) && tile.box.w * view.scale > 60 && visible(tile.box));
}

function visible(part) {
  const [x, y] = toScreen(part);
  return x < width && y < height && x + part.w * view.scale > 0 && y + part.h * view.scale > 0;
}

// pictures of single tiles; they stand in the list, where a browser without script shows them
const crops = new Map();
for (const item of document.querySelectorAll("#list li")) {
  const images = [...item.querySelectorAll("img")];
  if (images.length) crops.set(Number(item.dataset.tile), images.map((image) => ({ src: image.src, image: null })));
}

// the picture of a tile if it is ready; else it is made ready, and `then` called
function sharp(tile, date, then) {
  const crop = crops.get(tile.id)?.[date];
  if (!crop) return null;
  if (!crop.image) {
    crop.image = new Image();
    crop.image.src = crop.src;
    crop.image.decode().then(then, () => crops.delete(tile.id));
  }
  return crop.image.complete && crop.image.naturalWidth ? crop.image : null;
}

// cells don't overlap as tiles do: small ones are filled, large ones framed, so that the ground is seen
function drawTiles() {
  for (const tile of tiles) {
    if (!visible(tile.own)) continue;
    const [x, y] = toScreen(tile.own);
    const w = tile.own.w * view.scale, h = tile.own.h * view.scale;
    pen.globalAlpha = shown.listed && !shown.listed.has(tile.id) ? 0.25 : 1;
    if (tile.skipped) {
      pen.fillStyle = hatch;
      pen.fillRect(x, y, w, h);
    } else if (Math.min(w, h) < 40) {
      pen.globalAlpha *= 0.08 + 0.55 * tile.probability;
      pen.fillStyle = tile.colour;
      pen.fillRect(x, y, w, h);
    } else {
      strokeInside(x, y, w, h, tile.changed ? 3 : 1.5, tile.colour);
    }
  }
  pen.globalAlpha = 1;
}

function strokeInside(x, y, w, h, line, colour, inset = 1.5) {
  const edge = inset + line / 2;
  pen.lineWidth = line + 2;
  pen.strokeStyle = "#0006";
  pen.strokeRect(x + edge, y + edge, w - 2 * edge, h - 2 * edge);
  pen.lineWidth = line;
  pen.strokeStyle = colour;
  pen.strokeRect(x + edge, y + edge, w - 2 * edge, h - 2 * edge);
}

const hatch = (() => {
  const stripe = new OffscreenCanvas(8, 8);
  const brush = stripe.getContext("2d");
  brush.fillStyle = "#0007";
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = "#fff9";
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
  return pen.createPattern(stripe, "repeat");
})();

// the tiles of a finding, and what is chosen
function drawMarks() {
  for (const id of shown.marked || []) {
    const tile = tileOf.get(id);
    if (tile && visible(tile.own)) frameOn(tile.own, 1.5);
  }
  const chosen = shown.chosen;
  if (chosen && chosen.kind === "tile") frameOn(chosen.box, 3);
  byId("chosen").setAttribute("d", chosen && chosen.kind === "area" ? chosen.d : "");
}

function frameOn(part, line) {
  const [x, y] = toScreen(part);
  strokeInside(x, y, part.w * view.scale, part.h * view.scale, line, "#fff", -line);
}

function drawScale() {
  const longest = (Math.min(160, width / 3) / view.scale) * scene.gsd;
  const ten = 10 ** Math.floor(Math.log10(longest));
  const metres = [5, 2, 1].map((step) => step * ten).find((length) => length <= longest);
  const scale = byId("scale");
  scale.firstChild.style.width = `${(metres / scene.gsd) * view.scale}px`;
  scale.lastChild.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres >= 1 ? metres : +metres.toPrecision(1)} m`;
}

// what lies under a point of the screen: an outline if outlines are shown, else a tile
function thingAt(x, y) {
  const [column, row] = toGrid(x, y);
  const inside = (part) => column >= part.x && column < part.x + part.w && row >= part.y && row < part.y + part.h;
  const drawn = byId("show-areas")?.checked ? areas.filter((area) => inside(area.box)) : [];
  const hit = drawn.filter((area) => pen.isPointInPath(area.path, column, row, "evenodd"));
  return hit.sort((one, other) => one.area - other.area)[0] || tiles.find((tile) => inside(tile.own)) || null;
}

// what moves the view

const local = (event) => {
  const frameOfMap = map.getBoundingClientRect();
  return [event.clientX - frameOfMap.left, event.clientY - frameOfMap.top];
};

function wipeTo(share) {
  shown.split = Math.min(Math.max(share, 0), 1);
  byId("split").value = 100 * shown.split;
  redraw();
}

const fingers = new Map();
let dragged = false;
let wiping = false;

map.addEventListener("pointerdown", (event) => {
  if (event.button > 0 || event.target.closest("button")) return;
  fingers.set(event.pointerId, local(event));
  if (fingers.size === 1) {
    dragged = false;
    wiping = event.target.id === "bar";
    if (wiping) map.setPointerCapture(event.pointerId);
  }
});

map.addEventListener("pointermove", (event) => {
  const last = fingers.get(event.pointerId);
  if (!last) return;
  const now = local(event);
  const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
  const wipes = fingers.size === 1 && (wiping || view.fits); // nothing can be moved while all is shown: then a drag wipes
  if (fingers.size === 1 && !dragged && (Math.hypot(dx, dy) < CLICK || (wipes && Math.abs(dy) > Math.abs(dx)))) return;
  if (!dragged) map.setPointerCapture(event.pointerId);
  dragged = true;
  const before = [...fingers.values()];
  fingers.set(event.pointerId, now);
  if (wipes) wipeTo(now[0] / width);
  else if (fingers.size === 1) moveBy(dx, dy);
  else pinch(before, [...fingers.values()]);
});

function pinch([a, b], [c, d]) {
  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
  const middle = (one, other) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  const [from, to] = [middle(a, b), middle(c, d)];
  moveBy(to[0] - from[0], to[1] - from[1]);
  zoomAt(...to, apart(c, d) / apart(a, b));
}

for (const name of ["pointerup", "pointercancel"]) {
  map.addEventListener(name, (event) => {
    const alone = fingers.size === 1;
    if (!fingers.delete(event.pointerId) || name === "pointercancel" || dragged || !alone) return;
    const thing = thingAt(...local(event));
    if (thing) choose(thing);
  });
}
map.addEventListener("dragstart", (event) => event.preventDefault());
map.addEventListener("dblclick", (event) => event.target.closest("button, #bar") || zoomAt(...local(event), 2));

// the wheel zooms, but a page that is being scrolled goes on past the map
let scrolled = -Infinity;
addEventListener("scroll", () => (scrolled = performance.now()), { passive: true });
map.addEventListener("wheel", (event) => {
  const out = event.deltaY > 0;
  if ((!event.ctrlKey && performance.now() - scrolled < 300) || (out && view.fits && !event.ctrlKey)) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
  zoomAt(...local(event), Math.exp(-Math.min(Math.max(pixels, -100), 100) * (event.ctrlKey ? 0.01 : 0.003)));
}, { passive: false });

const MOVES = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ZOOMS = { in: () => zoomAt(width / 2, height / 2, 1.6), out: () => zoomAt(width / 2, height / 2, 1 / 1.6), fit };
const KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit" };

map.addEventListener("keydown", (event) => {
  if (event.target !== map || event.ctrlKey || event.metaKey || event.altKey) return;
  if (MOVES[event.key]) moveBy(...MOVES[event.key].map((step) => step * 0.2 * Math.min(width, height)));
  else if (KEYS[event.key]) ZOOMS[KEYS[event.key]]();
  else return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => ZOOMS[button.dataset.zoom]());
for (const button of document.querySelectorAll("[data-split]")) button.addEventListener("click", () => wipeTo(button.dataset.split / 100));
byId("split").addEventListener("input", (event) => wipeTo(event.target.value / 100));

function watchSwitches() {
  const apply = () => {
    map.classList.toggle("no-areas", !byId("show-areas")?.checked);
    redraw();
  };
  for (const input of [byId("show-tiles"), byId("show-areas")]) input?.addEventListener("change", apply);
  addEventListener("pageshow", () => { apply(); wipeTo(byId("split").value / 100); }); // browsers keep values when a page is shown again
  apply();
}

new ResizeObserver(() => {
  const [column, row] = toGrid(width / 2, height / 2);
  const fitted = view.fits;
  [width, height] = [map.clientWidth, map.clientHeight];
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (fitted) fit();
  else place(column - width / view.scale / 2, row - height / view.scale / 2, view.scale);
}).observe(map);

map.tabIndex = 0;
watchSwitches();
Promise.all(pictures.map((picture) => picture.decode())).then(redraw, redraw);
