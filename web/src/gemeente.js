// One gemeente: its own figures, and all its wijken as dots with intervals and a sentence each.
import { isOutside } from "./colours.js";
import { between, conclusion, data, number, percent, published, sentence, signed, t, wijkenOf, youths } from "./data.js";
import { $, h, s } from "./dom.js";
import { against, choose, listen, state } from "./state.js";
import { badge } from "./wijk.js";

const { gemeenten, wijken, palette } = data;

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
  const all = wijkenOf(g);
  const name = gemeenten.name[g];
  const figure = (key, value, interval) => h("div", {}, h("dt", {}, key), h("dd", {}, value, interval ? h("span", { class: "note" }, interval) : null));
  /** An interval; empty where it is no wider than its rounding. */
  const range = (column, write) => {
    const [low, high] = [gemeenten[`${column}_low`][g], gemeenten[`${column}_high`][g]];
    return low === high ? "" : between(low, high, write);
  };
  return [
    h("h3", {}, name),
    h("p", {}, sentence(gemeenten.sentence, g)),
    h("dl", { class: "figures" },
      figure(t("gemeente_actual"), percent(gemeenten.actual_pct[g]), gemeenten.known[g] ? "" : range("actual", percent)),
      figure(t("gemeente_expected"), percent(gemeenten.expected_pct[g]), range("expected", percent)),
      figure(t("gemeente_difference"), t("points", { value: signed(gemeenten.difference_points[g]) }), range("difference", signed)),
      figure(t("gemeente_youths"), number(gemeenten.youths[g]), all.some((i) => wijken.quality[i]) ? t("quality_guessed") : "")),
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

/** How far the axis reaches, in tenths: what lies beyond four times an ordinary interval does not squeeze the others. */
function reach(all) {
  const a = against();
  const ends = all.map((i) => Math.max(-a.difference_low[i], a.difference_high[i])).sort((x, y) => x - y);
  const ordinary = ends[Math.floor((ends.length - 1) / 2)];
  return 10 * Math.ceil(Math.max(20, Math.min(ends[ends.length - 1], 4 * ordinary)) / 10);
}

/** A row a wijk: its name, its interval against a common axis, and what may be said of it. */
function plot(all) {
  const a = against();
  const most = reach(all);
  const x = (v) => 200 + (185 * Math.max(-most, Math.min(most, v))) / most;
  const step = [10, 20, 50, 100, 200, 500].find((one) => most / one <= 4) ?? 1000;
  const ticks = Array.from({ length: 2 * Math.floor(most / step) + 1 }, (_, n) => (n - Math.floor(most / step)) * step);
  const margin = (i) => data.margin * (data.relative ? a.expected_pct[i] : 10);
  const grid = (i, top, height) => [
    s("rect", { x: x(-margin(i)), width: x(margin(i)) - x(-margin(i)), y: top, height, class: "near" }),
    ...ticks.map((v) => s("line", { x1: x(v), x2: x(v), y1: top, y2: top + height, class: v ? "grid" : "zero" })),
  ];
  const axis = h("div", { class: "row axis", "aria-hidden": true },
    h("span", { class: "quiet small" }, t("plot_axis")),
    s("svg", { viewBox: "0 0 400 22" }, ticks.map((v) => s("text", { x: x(v), y: 16, "text-anchor": "middle" }, signed(v).replace(/[.,]0$/, "")))));
  /** An end of an interval that the axis does not reach: an arrow, and the value in figures. */
  const beyond = (i, colour) => [[-1, a.difference_low[i]], [1, a.difference_high[i]]]
    .filter(([side, value]) => side * value > most)
    .map(([side, value]) => {
      const [tip, middle] = [x(side * most) + 12 * side, a.difference_points[i]];
      const said = side * middle > most ? `${signed(middle)} (${between(a.difference_low[i], a.difference_high[i], signed)})` : signed(value);
      return [
        s("path", { d: `M${tip},17 l${-9 * side},-5 v10 z`, fill: colour, class: "arrow" }),
        s("text", { x: tip, y: 9, "text-anchor": side > 0 ? "end" : "start" }, said),
      ];
    });
  /** Filled where the figure lies outside its interval, open where inside, a cross where none is published. */
  const dot = (i, colour) => {
    const cx = x(a.difference_points[i]);
    if (Math.abs(a.difference_points[i]) > most) return null;
    if (!published(i)) return s("path", { d: `M${cx - 5},12 l10,10 m0,-10 l-10,10`, stroke: colour, class: "cross" });
    return s("circle", { cx, cy: 17, r: 6, fill: isOutside(i) ? colour : "#fff", stroke: colour, class: "dot" });
  };
  const row = (i) => {
    const colour = palette.status[a.status[i]];
    const interval = between(a.difference_low[i], a.difference_high[i], signed);
    const figure = published(i) ? t(`dot_${isOutside(i) ? "outside" : "inside"}`) : t("unpublished");
    const label = `${t("difference")}: ${t("points", { value: signed(a.difference_points[i]) })}, ${interval}; ${figure}`;
    return h("li", { class: "row" },
      h("div", { class: "who" },
        h("button", { type: "button", class: "link", onclick: () => { choose({ wijk: i }); $("kaart").scrollIntoView(); $("kaart").focus({ preventScroll: true }); } }, wijken.name[i]),
        h("span", { class: "quiet small" }, `${t("youths")}: ${youths(i)}`)),
      s("svg", { viewBox: "0 0 400 34", role: "img", "aria-label": label },
        grid(i, -300, 634), // on through the row, however high its sentence makes it
        s("line", { x1: x(a.difference_low[i]), x2: x(a.difference_high[i]), y1: 17, y2: 17, stroke: colour, class: published(i) ? "range" : "range open" }),
        dot(i, colour),
        beyond(i, colour)),
      h("div", { class: "what" }, badge(a.status[i], conclusion(a, i)), h("p", { class: "small" }, sentence(a.sentence, i))));
  };
  // Without a published figure a wijk takes no place in the order.
  const [ordered, apart] = [all.filter(published), all.filter((i) => !published(i))];
  ordered.sort((i, j) => a.difference_points[j] - a.difference_points[i]);
  return h("div", { class: "plot" }, axis, h("ol", {}, ordered.map(row)),
    apart.length ? [h("h5", {}, t("plot_apart")), h("ul", {}, apart.map(row))] : null);
}
