// One gemeente: its own figures, and all its wijken as dots with intervals and a sentence each.
import { between, conclusion, data, number, percent, sentence, signed, t, wijkenOf, youths } from "./data.js";
import { $, h, s } from "./dom.js";
import { against, choose, listen, state } from "./state.js";
import { badge } from "./wijk.js";

const { gemeenten, wijken, palette, levels } = data;

export function drawGemeente() {
  const order = gemeenten.name.map((name, g) => [name, g]).sort(([a], [b]) => a.localeCompare(b, data.language));
  $("choose").append(h("option", { value: "" }, t("gemeente_none")), ...order.map(([name, g]) => h("option", { value: g }, name)));
  $("choose").addEventListener("change", ({ target }) => choose({ gemeente: target.value === "" ? null : +target.value }));
  listen((changed) => {
    if (!changed.has("gemeente") && !changed.has("reference")) return;
    $("choose").value = state.gemeente ?? "";
    document.body.toggleAttribute("data-gemeente", state.gemeente !== null); // then it is what is printed
    const shown = state.gemeente === null ? [h("p", { class: "quiet" }, t("gemeente_empty"))] : view(state.gemeente);
    $("gemeente-view").replaceChildren(...shown);
  });
}

function view(g) {
  const a = against();
  const all = wijkenOf(g).sort((i, j) => a.difference_points[j] - a.difference_points[i]);
  const name = gemeenten.name[g];
  const figure = (key, value, interval) => h("div", {}, h("dt", {}, key), h("dd", {}, value, interval ? h("span", { class: "note" }, interval) : null));
  const range = (column, write) => between(gemeenten[`${column}_low`][g], gemeenten[`${column}_high`][g], write);
  return [
    h("h3", {}, name),
    h("p", {}, sentence(gemeenten.sentence, g)),
    h("dl", { class: "figures" },
      figure(t("gemeente_actual"), percent(gemeenten.actual_pct[g]), gemeenten.known[g] ? "" : range("actual", percent)),
      figure(t("gemeente_expected"), percent(gemeenten.expected_pct[g]), range("expected", percent)),
      figure(t("gemeente_difference"), t("points", { value: signed(gemeenten.difference_points[g]) }), range("difference", signed)),
      figure(t("gemeente_youths"), number(gemeenten.youths[g]))),
    h("p", { class: "no-print buttons" },
      data.borders ? h("button", { type: "button", onclick: () => { toMap(g); } }, t("gemeente_map")) : null,
      h("button", { type: "button", onclick: () => window.print() }, t("print"))),
    h("h4", {}, t("gemeente_wijken", { gemeente: name, reference: t(state.reference) })),
    h("p", { class: "quiet small" }, t("plot_key")),
    plot(all),
  ];
}

function toMap(g) {
  choose({ gemeente: null });
  choose({ gemeente: g });
  $("kaart").scrollIntoView();
  $("kaart").focus({ preventScroll: true });
}

/** A row a wijk: its name, its interval against a common axis, and what may be said of it. */
function plot(all) {
  const a = against();
  const most = 10 * Math.ceil(Math.max(20, ...all.flatMap((i) => [-a.difference_low[i], a.difference_high[i]])) / 10);
  const x = (v) => 200 + (190 * v) / most;
  const step = most > 100 ? 50 : most > 40 ? 20 : 10;
  const ticks = Array.from({ length: 2 * Math.floor(most / step) + 1 }, (_, n) => (n - Math.floor(most / step)) * step);
  const margin = (i) => data.margin * (data.relative ? a.expected_pct[i] : 10);
  const grid = (i, top, height) => [
    s("rect", { x: x(-margin(i)), width: x(margin(i)) - x(-margin(i)), y: top, height, class: "near" }),
    ...ticks.map((v) => s("line", { x1: x(v), x2: x(v), y1: top, y2: top + height, class: v ? "grid" : "zero" })),
  ];
  const axis = h("div", { class: "row axis", "aria-hidden": true },
    h("span", { class: "quiet small" }, t("plot_axis")),
    s("svg", { viewBox: "0 0 400 22" }, ticks.map((v) => s("text", { x: x(v), y: 16, "text-anchor": "middle" }, signed(v).replace(/[.,]0$/, "")))));
  const rows = all.map((i) => {
    const hidden = levels.state[wijken.state[i]] !== "published";
    const colour = palette.status[a.status[i]];
    const interval = between(a.difference_low[i], a.difference_high[i], signed);
    const label = `${t("difference")}: ${t("points", { value: signed(a.difference_points[i]) })}, ${interval}`;
    return h("li", { class: "row" },
      h("div", { class: "who" },
        h("button", { type: "button", class: "link", onclick: () => { choose({ wijk: i }); $("kaart").scrollIntoView(); $("kaart").focus({ preventScroll: true }); } }, wijken.name[i]),
        h("span", { class: "quiet small" }, `${t("youths")}: ${youths(i)}`)),
      s("svg", { viewBox: "0 0 400 34", role: "img", "aria-label": label },
        grid(i, -300, 634), // on through the row, however high its sentence makes it
        s("line", { x1: x(a.difference_low[i]), x2: x(a.difference_high[i]), y1: 17, y2: 17, stroke: colour, class: hidden ? "range open" : "range" }),
        s("circle", { cx: x(a.difference_points[i]), cy: 17, r: 6, fill: hidden ? "#fff" : colour, stroke: colour, class: "dot" })),
      h("div", { class: "what" }, badge(a.status[i], conclusion(a, i)), h("p", { class: "small" }, sentence(a.sentence, i))));
  });
  return h("div", { class: "plot" }, axis, h("ol", {}, rows));
}
