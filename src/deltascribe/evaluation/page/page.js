"use strict";

function startSwitches() {
  const form = document.querySelector(".switches");
  const tiles = Array.from(document.querySelectorAll(".headline"));
  const panels = Array.from(document.querySelectorAll(".panel"));
  if (!form || panels.length < 2) return;
  const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value;
  function show(changed) {
    const fits = (panel, name) => chosen(name) === undefined || panel.dataset[name] === chosen(name);
    let shown = panels.find((panel) => fits(panel, "mode") && fits(panel, "decoding"));
    if (!shown) {
      shown = panels.find((panel) => fits(panel, changed)) || panels[0];
      for (const input of form.querySelectorAll("input")) input.checked = shown.dataset[input.name] === input.value;
    }
    for (const part of [...panels, ...tiles]) part.hidden = part.dataset.panel !== shown.dataset.panel;
  }
  form.hidden = document.querySelector(".switched").hidden = false;
  form.addEventListener("change", (event) => show(event.target.name));
  show("mode");
}

function startGallery() {
  const list = document.getElementById("items");
  if (!list) return;
  const cards = Array.from(list.children);
  const buttons = Array.from(document.querySelectorAll("[data-show]"));
  const order = document.getElementById("order");
  const search = document.getElementById("search");
  const keep = {
    all: () => true,
    changed: (card) => card.dataset.changed === "1",
    still: (card) => card.dataset.changed === "0",
    wrong: (card) => card.classList.contains("wrong"),
  };
  const number = (card, key) => Number(card.dataset[key]);
  const compare = {
    given: (a, b) => number(a, "index") - number(b, "index"),
    best: (a, b) => number(b, "cider") - number(a, "cider"),
    worst: (a, b) => number(a, "cider") - number(b, "cider"),
    likely: (a, b) => number(b, "probability") - number(a, "probability"),
    unlikely: (a, b) => number(a, "probability") - number(b, "probability"),
  };
  let shown = "all";

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      card.hidden = !(keep[shown](card) && words.every((word) => card.dataset.text.includes(word)));
      count += card.hidden ? 0 : 1;
    }
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === shown));
    document.getElementById("count").textContent = count + " of " + cards.length + " shown";
  }

  for (const under of document.querySelectorAll(".images .under")) under.src = under.closest(".images").querySelector(".after").src;
  list.classList.toggle("plain", !list.querySelector("img"));
  for (const button of buttons) button.addEventListener("click", () => { shown = button.dataset.show; filter(); });
  order.addEventListener("change", () => list.append(...cards.slice().sort(compare[order.value])));
  search.addEventListener("input", filter);
  document.querySelector(".bar").hidden = false;
  filter();
}

function startLooks() {
  for (const look of document.querySelectorAll(".look")) {
    const images = look.closest("article").querySelector(".images");
    const button = look.querySelector(".dates");
    const lay = () => {
      const date = button && button.getAttribute("aria-pressed") === "true" ? "before" : "after";
      for (const under of look.querySelectorAll(".under")) under.src = images.querySelector("." + (under.dataset.date || date)).src;
    };
    look.addEventListener("toggle", lay, { once: true });
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
      lay();
    });
  }
}

function startScrollHints() {
  const boxes = Array.from(document.querySelectorAll(".scroll"));
  const mark = (box) => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.parentElement.classList.toggle("more", hidden > 1 && box.scrollLeft < hidden - 1);
  };
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  for (const box of boxes) {
    watch.observe(box);
    box.addEventListener("scroll", () => mark(box), { passive: true });
  }
}

startSwitches();
startGallery();
startLooks();
startScrollHints();
