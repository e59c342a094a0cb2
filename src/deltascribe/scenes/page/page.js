// What is chosen: a tile or an area, told in the panel, marked on the map and in the list.

const list = byId("list");
const items = list ? [...list.children].map((item) => ({
  item,
  link: item.firstElementChild,
  tile: tileOf.get(Number(item.dataset.tile)),
})) : [];
const itemOf = new Map(items.map((entry) => [entry.tile.id, entry]));
const findings = [...document.querySelectorAll("#findings a")];

// figures in words, as in the list

function percent(value) {
  if (value > 0 && value < 0.001) return "< 0.1\u00a0%";
  if (value > 0.999 && value < 1) return "> 99.9\u00a0%";
  return `${(100 * value).toFixed(value > 0 && value < 1 ? 1 : 0)}\u00a0%`;
}

function ground(area) {
  const figure = (value, digits) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return area < 1000 ? `${figure(area, 0)}\u00a0m²` : `${figure(area / 1e4, area >= 1e5 ? 1 : 2)}\u00a0ha`;
}

const degrees = ({ lon, lat }) => `${Math.abs(lat).toFixed(6)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(6)}° ${lon < 0 ? "W" : "E"}`;

function onMap(part) {
  const x = scene.left + (part.x + part.w / 2) * scene.step, y = scene.top - (part.y + part.h / 2) * scene.step;
  return `x ${x.toFixed(1)}, y ${y.toFixed(1)}`;
}

// the panel

function tell(thing) {
  const tile = thing.kind === "tile" ? thing : tileOf.get(thing.members[0]);
  byId("what").textContent = thing.kind === "tile" ? `Tile ${thing.id}` : `Changed area ${thing.id}`;
  byId("caption").textContent = thing.caption || (thing.skipped ? "Skipped: too little of it is known on both dates." : "No tile on it tells of a change.");
  const figures = thing.kind === "tile" ? tileFigures(thing) : areaFigures(thing);
  byId("figures").replaceChildren(...figures.map(([name, value]) => {
    const line = document.createElement("div");
    for (const [kind, text] of [["dt", name], ["dd", value]]) line.appendChild(document.createElement(kind)).textContent = text;
    return line;
  }));
  linkTo(thing.kind === "area" ? thing.members.map((id) => tileOf.get(id)) : areas.filter((area) => area.members.includes(thing.id)));
  drawCrops(thing, tile);
}

const tileFigures = (tile) => [
  ["Change probability", tile.skipped ? "unknown" : percent(tile.probability)],
  ["Changed area", tile.skipped ? "unknown" : ground(tile.area)],
  ["Known", percent(tile.valid)],
  ["Row, column", `${tile.row}, ${tile.column}`],
  ["Centre", degrees(tile)],
  ["Coordinates", onMap(tile.box)],
];
const areaFigures = (area) => [
  ["Area", ground(area.area)],
  ["Mean probability", percent(area.probability)],
  ["A point in it", degrees(area)],
];

const MOST_LINKS = 12;

function linkTo(things) {
  const links = byId("links");
  const found = things.filter(Boolean).slice(0, MOST_LINKS);
  links.hidden = !found.length;
  const heads = { tile: "Seen in ", area: "On it: " };
  links.replaceChildren(...(found.length ? [heads[found[0].kind]] : []), ...found.flatMap((thing, place) => {
    const link = document.createElement("a");
    link.href = thing.href;
    link.textContent = `${thing.kind} ${thing.id}`;
    return place ? [", ", link] : [link];
  }));
  if (things.length > found.length) links.append(` and ${things.length - found.length} more`);
}

// both dates of a tile, with the outlines of changed areas on the later one
function drawCrops(thing, tile) {
  byId("crops").hidden = !tile;
  byId("blurred").hidden = true;
  if (!tile) return;
  ["before", "after"].forEach((date, index) => {
    const view = byId(`crop-${date}`);
    const side = Math.round(200 * Math.max(devicePixelRatio || 1, 1.5));
    [view.width, view.height] = [side, Math.round((side * tile.box.h) / tile.box.w)];
    view.setAttribute("aria-label", `tile ${tile.id}, ${date}`);
    const brush = view.getContext("2d");
    const factor = view.width / tile.box.w;
    const image = sharp(tile, index, () => shown.chosen === thing && drawCrops(thing, tile));
    if (image) brush.drawImage(image, 0, 0, view.width, view.height);
    else enlarge(brush, pictures[index], tile.box);
    if (!byId("show-areas")?.checked || index === 0) return;
    brush.setTransform(factor, 0, 0, factor, -tile.box.x * factor, -tile.box.y * factor);
    for (const area of areas.filter((one) => touches(one.box, tile.box))) {
      for (const [line, colour] of [[4.5, "#000a"], [2, area === thing ? "#fff" : "#ff4fb0"]]) {
        brush.lineWidth = line / factor;
        brush.strokeStyle = colour;
        brush.stroke(area.path);
      }
    }
  });
  const blurred = !crops.has(tile.id) && scene.width > 1.25 * pictures[0].naturalWidth;
  byId("blurred").hidden = !blurred;
  byId("blurred").textContent = blurred ? "Enlarged from the map's picture; the page holds the most probable tiles in full." : "";
}

function enlarge(brush, picture, part) {
  const [across, down] = [picture.naturalWidth / scene.width, picture.naturalHeight / scene.height];
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, part.x * across, part.y * down, part.w * across, part.h * down, 0, 0, brush.canvas.width, brush.canvas.height);
}

const touches = (one, other) => one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

// choosing

function choose(thing, { show = false, quiet = false } = {}) {
  shown.chosen = thing;
  tell(thing);
  byId("reveal").hidden = false;
  for (const { link, tile } of items) {
    if (tile === thing) link.setAttribute("aria-current", "true");
    else if (link.hasAttribute("aria-current")) link.removeAttribute("aria-current");
  }
  if (itemOf.has(thing.id) && thing.kind === "tile") bringIntoList(itemOf.get(thing.id).item);
  if (show) bringIntoView(thing.box);
  redraw();
  if (!quiet) history.replaceState(null, "", thing.href); // so that the page's address leads back to it
}

// scrolls the list alone, not the page
function bringIntoList(item) {
  const room = list.getBoundingClientRect(), place = item.getBoundingClientRect();
  if (place.top < room.top) list.scrollTop += place.top - room.top;
  else if (place.bottom > room.bottom) list.scrollTop += place.bottom - room.bottom;
}

// `#tile-12` or `#area-3`, in an address or of a link
function thingOf(hash) {
  const [, kind, id] = /^#(tile|area)-(\d+)$/.exec(hash) || [];
  return (kind === "tile" ? tileOf : areaOf).get(Number(id));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const thing = link && thingOf(link.getAttribute("href"));
  if (!thing || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.tiles) mark(link);
  else choose(thing, { show: true });
  if (map.getBoundingClientRect().bottom < 80 || map.getBoundingClientRect().top > innerHeight - 80) map.scrollIntoView({ block: "center" });
});
addEventListener("hashchange", () => {
  const thing = thingOf(location.hash);
  if (thing) choose(thing, { show: true });
});

for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => {
    const seen = [...(list?.children || [])].filter((item) => !item.hidden).map((item) => tileOf.get(Number(item.dataset.tile)));
    const place = seen.indexOf(shown.chosen);
    const step = Number(button.dataset.step);
    if (seen.length) choose(seen[place < 0 ? 0 : (place + step + seen.length) % seen.length], { show: true });
  });
}
byId("reveal").addEventListener("click", () => shown.chosen && frame(shown.chosen.box, 1.5));
byId("show-areas")?.addEventListener("change", () => shown.chosen && tell(shown.chosen));

// findings

function mark(link) {
  const again = link.getAttribute("aria-current") === "true";
  for (const other of findings) other.removeAttribute("aria-current");
  shown.marked = again ? null : link.dataset.tiles.split(" ").map(Number);
  if (!again) {
    link.setAttribute("aria-current", "true");
    frame(around(shown.marked.map((id) => tileOf.get(id)).filter(Boolean)), 1.3);
  }
  filter();
  const first = items.filter(({ item }) => !item.hidden)[0];
  if (!again && first) choose(first.tile);
}

function around(found) {
  const [x, y] = [Math.min(...found.map((tile) => tile.box.x)), Math.min(...found.map((tile) => tile.box.y))];
  const [right, bottom] = [Math.max(...found.map((tile) => tile.box.x + tile.box.w)), Math.max(...found.map((tile) => tile.box.y + tile.box.h))];
  return { x, y, w: right - x, h: bottom - y };
}

// the list

function filter() {
  if (!list) return;
  const wanted = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const marked = shown.marked && new Set(shown.marked);
  const listed = new Set();
  for (const { item, tile } of items) {
    const text = tile.caption.toLowerCase();
    item.hidden = !(wanted.every((word) => text.includes(word)) && (!marked || marked.has(tile.id)));
    if (!item.hidden) listed.add(tile.id);
  }
  const narrowed = wanted.length > 0 || marked !== null;
  shown.listed = narrowed ? listed : null;
  byId("count").textContent = narrowed ? `${listed.size} of ${items.length}` : "";
  byId("all").hidden = !narrowed;
  redraw();
}

const ORDERS = {
  probable: (a, b) => b.probability - a.probability || a.id - b.id,
  large: (a, b) => b.area - a.area || a.id - b.id,
  north: (a, b) => a.id - b.id,
};

function startList() {
  if (!list) return;
  const sort = () => list.append(...items.slice().sort((a, b) => ORDERS[byId("order").value](a.tile, b.tile)).map(({ item }) => item));
  byId("order").addEventListener("change", () => { sort(); list.scrollTop = 0; });
  byId("filter").addEventListener("input", filter);
  byId("all").addEventListener("click", () => {
    byId("filter").value = "";
    shown.marked = null;
    for (const link of findings) link.removeAttribute("aria-current");
    filter();
    byId("filter").focus();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...list.children].filter((item) => !item.hidden).map((item) => item.firstElementChild);
    const next = links[links.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  addEventListener("pageshow", () => { if (byId("order").value !== "probable") sort(); filter(); });
}

startList();
const asked = thingOf(location.hash);
if (asked) addEventListener("load", () => requestAnimationFrame(() => { choose(asked, { show: true }); map.scrollIntoView({ block: "center" }); }));
else if (items.length) choose(items[0].tile, { quiet: true });
