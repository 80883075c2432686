// Puts the page together out of the figures and texts that came with it.
import { data, number, t } from "./data.js";
import { $, h, say } from "./dom.js";
import { drawGemeente } from "./gemeente.js";
import { drawMap } from "./map.js";
import { drawSearch } from "./search.js";
import { against, begin, choose, listen, restore, state } from "./state.js";
import { drawTable, filter } from "./table.js";
import { drawCard } from "./wijk.js";

const { levels, palette } = data;

/** What stands out, and how many wijken have which conclusion. */
function drawSummary() {
  for (const input of document.querySelectorAll("[name=reference]"))
    input.addEventListener("change", () => choose({ reference: input.value }));
  listen((changed) => {
    if (!changed.has("reference")) return;
    const a = against();
    document.querySelector(`[name=reference][value=${state.reference}]`).checked = true;
    $("finding").textContent = a.finding;
    $("rest").textContent = a.rest;
    $("reference-note").textContent = t(`${state.reference}_note`);
    $("bar").replaceChildren(...levels.status.map((status, place) =>
      h("button", { type: "button", class: `part s${place}`, style: { borderTopColor: palette.status[place] }, onclick: () => toTable(place) },
        h("strong", {}, number(a.counts[status])), ` ${t(status)}`)));
    if (changed.size === 1) say(a.finding);
    $("may").replaceChildren(...a.may.map((text) => h("li", {}, text)));
  });
}

function toTable(place) {
  filter(String(place));
  $("tabel").scrollIntoView();
  $("tabel").focus({ preventScroll: true });
}

function drawRest() {
  $("warning").hidden = !$("warning").textContent;
  $("mark").toggleAttribute("hidden", !data.simulated);
  $("may-not").append(...data.cautions.map((text) => h("li", {}, text)));
  $("made").append(...data.provenance.flatMap(([head, text]) => [h("dt", {}, head), h("dd", {}, text)]));
  $("print").addEventListener("click", () => window.print());
  // A step within the page leaves the address as it is: that keeps what is chosen.
  for (const link of document.querySelectorAll("a[href^='#']"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const place = document.querySelector(link.hash);
      place.scrollIntoView();
      place.focus({ preventScroll: true });
    });
  window.addEventListener("hashchange", () => location.hash.includes("=") && restore());
}

drawSummary();
drawRest();
drawSearch();
drawCard();
drawMap();
drawGemeente();
drawTable();
begin();
requestAnimationFrame(() => {
  document.documentElement.dataset.ready = Math.round(performance.now());
});
