"use strict";
const list = document.getElementById("items");
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
};
for (const under of document.querySelectorAll(".under")) under.src = under.closest(".images").querySelector(".after").src;

let shown = "all";

function update() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const card of cards) {
    const text = card.dataset.text;
    card.hidden = !(keep[shown](card) && words.every((word) => text.includes(word)));
    count += card.hidden ? 0 : 1;
  }
  list.append(...cards.slice().sort(compare[order.value]));
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === shown));
  document.getElementById("count").textContent = count + " of " + cards.length + " shown";
}

for (const button of buttons) button.addEventListener("click", () => { shown = button.dataset.show; update(); });
order.addEventListener("change", update);
search.addEventListener("input", update);
update();
