"use strict";

document.documentElement.classList.add("scripted"); // shows what only a script can answer

// wipe between before and after

const wipe = (swipe, percent) => swipe.style.setProperty("--at", percent + "%");

function answer(input, apply) {
  input.addEventListener("input", apply);
  apply();
  addEventListener("pageshow", apply); // browsers keep values when a page is shown again, and may set them after this script
}

for (const input of document.querySelectorAll(".cover")) answer(input, () => wipe(input.parentElement, input.value));

for (const box of document.querySelectorAll("[data-shows], [data-hides]")) {
  const name = box.dataset.shows ? "show-" + box.dataset.shows : "hide-" + box.dataset.hides;
  answer(box, () => box.closest("section").classList.toggle(name, box.checked === ("shows" in box.dataset)));
}

// the scene: drag to wipe, click to choose a tile

const map = document.querySelector(".map");
const slider = document.querySelector(".slider");
const tiles = [...document.querySelectorAll(".tile")];
const DRAG = 5; // pixels that a click may tremble
let start = null;
let dragged = false;

answer(slider, () => wipe(map, slider.value));

map.addEventListener("pointerdown", (event) => {
  start = event.clientX;
  dragged = false;
});
map.addEventListener("pointermove", (event) => {
  if (start === null || !event.buttons) return;
  if (!dragged && Math.abs(event.clientX - start) < DRAG) return;
  if (!dragged) map.setPointerCapture(event.pointerId);
  dragged = true;
  const box = map.getBoundingClientRect();
  slider.value = Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width));
  wipe(map, slider.value);
});
for (const end of ["pointerup", "pointercancel"]) map.addEventListener(end, () => (start = null));
// a drag ends in a click that chooses no tile; clicks of keys and screen readers have no detail
map.addEventListener("click", (event) => {
  if (dragged && event.detail) event.stopPropagation();
  dragged = false;
}, true);
map.addEventListener("dragstart", (event) => event.preventDefault());

// the card tells of one tile

const zoom = document.querySelector(".zoom");
let chosen = tiles.find((tile) => tile.getAttribute("aria-pressed") === "true");

const crops = [...document.querySelectorAll(".crop")].map((crop, index) => {
  const image = new Image();
  image.src = map.querySelector(index ? ".after" : ".before").src;
  image.alt = "";
  crop.append(image);
  return [crop, image];
});

function show(tile) {
  for (const part of document.querySelectorAll("[data-part]")) part.textContent = tile.dataset[part.dataset.part];
  const [left, top, width, height] = ["left", "top", "width", "height"].map((side) => parseFloat(tile.style[side]) / 100);
  for (const [crop, image] of crops) {
    crop.style.aspectRatio = (width * map.clientWidth) / (height * map.clientHeight);
    Object.assign(image.style, {
      width: 100 / width + "%", height: 100 / height + "%", left: (-100 * left) / width + "%", top: (-100 * top) / height + "%",
    });
  }
  zoom.hidden = false;
}

function choose(tile) {
  chosen.setAttribute("aria-pressed", "false");
  chosen.tabIndex = -1;
  tile.setAttribute("aria-pressed", "true");
  tile.tabIndex = 0;
  chosen = tile;
  show(tile);
}

// the next tile in a direction: the nearest whose middle lies that way
function neighbour(tile, dx, dy) {
  const middle = (one) => [one.offsetLeft + one.offsetWidth / 2, one.offsetTop + one.offsetHeight / 2];
  const [x, y] = middle(tile);
  const distance = (other) => {
    const [a, b] = middle(other);
    const along = (a - x) * dx + (b - y) * dy;
    const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
    return along > 1 ? along + 4 * aside : Infinity;
  };
  const nearest = tiles.reduce((best, other) => (distance(other) < distance(best) ? other : best), tile);
  return distance(nearest) < Infinity ? nearest : tile;
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

for (const tile of tiles) {
  tile.addEventListener("click", () => choose(tile));
  tile.addEventListener("keydown", (event) => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const next = neighbour(tile, ...ARROWS[event.key]);
    choose(next);
    next.focus();
  });
  tile.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && !event.buttons && show(tile));
}
map.addEventListener("pointerleave", () => chosen && show(chosen));
if (chosen) show(chosen);
