// Which colour each wijk gets on each tab, and the legends that explain them.
import { data, number, t } from "./data.js";
import { h } from "./dom.js";
import { against, state } from "./state.js";

const { palette, wijken, levels } = data;
export const INK = "#222222";
export const EMPTY = "#ffffff";
const DIFFERENCE = Object.values(palette.difference);
const UNSURE = palette.difference.onzeker;
const PUBLISHED = levels.state.indexOf("published");
const [SUPPRESSED, MISSING] = ["suppressed", "missing"].map((one) => levels.state.indexOf(one));

const ofUse = (value) => (value === null ? EMPTY : palette.use[palette.edges.filter((edge) => value >= edge).length]);

const colours = {
  actual: (i) => (wijken.state[i] === PUBLISHED ? ofUse(wijken.observed[i]) : EMPTY),
  expected: (i) => ofUse(against().expected_pct[i]),
  difference: (i) => DIFFERENCE[against().colour[i]],
  certainty: (i) => {
    const level = against().certainty[i];
    return level ? palette.certainty[level > 0 ? "hoger" : "lager"][Math.abs(level) - 1] : UNSURE;
  },
};

/** Colour of a wijk on the tab that is shown. */
export const colour = (i) => colours[state.tab](i);

/** Hatch of a border: without figures, or its figure is suppressed or missing; an expectation is known all the same. */
export function hatch(i) {
  if (i < 0) return "spare";
  if (state.tab === "expected") return null;
  if (wijken.state[i] === SUPPRESSED) return "suppressed";
  return wijken.state[i] === PUBLISHED ? null : "missing";
}

export function isOutside(i) {
  const outside = levels.outside[against().outside[i]];
  return outside === "hoger" || outside === "lager";
}

const swatch = (background, ...classes) =>
  h("span", { class: ["swatch", ...classes].join(" "), style: { backgroundColor: background } });
const entry = (text, ...look) => h("li", {}, swatch(...look), text);

function ofUses() {
  const { edges, use } = palette;
  const range = (i) => {
    const [from, to] = [edges[i - 1], edges[i]].map((edge) => (edge === undefined ? null : number(edge / 10)));
    if (from === null) return t("legend_upto", { to });
    return to === null ? t("legend_from", { from }) : t("legend_range", { from, to });
  };
  return [h("p", {}, t("legend_unit")), h("ul", { class: "scale" }, use.map((one, i) => entry(range(i), one)))];
}

/** A palette with fewer colours where less is certain, as rows. */
function rows(...lines) {
  return h("dl", { class: "rows" }, lines.map(([head, ...entries]) => [h("dt", {}, head), h("dd", {}, h("ul", {}, entries))]));
}

/** Why nothing is said of some wijken: too uncertain, which comes first, and the reasons that occur. */
function reasons(unsure) {
  const first = t("reason_onzeker");
  return [...(unsure ? [first] : []), ...against().reasons.filter((one) => one && one !== first)];
}

const legends = {
  actual: ofUses,
  expected: ofUses,
  difference: () => {
    const d = palette.difference;
    return rows(
      [
        t("class_clear"),
        entry(t("class_large_lower"), d["lager, groot"]),
        entry(t("lager"), d.lager),
        entry(t("als verwacht"), d["als verwacht"]),
        entry(t("hoger"), d.hoger),
        entry(t("class_large_higher"), d["hoger, groot"]),
      ],
      [t("class_perhaps"), entry(t("lager"), d["misschien lager"]), entry(t("hoger"), d["misschien hoger"])],
      [t("geen uitspraak"), entry(reasons(true).join(", "), d.onzeker)],
    );
  },
  certainty: () => {
    const { certain, certainty } = palette;
    const spans = certain.map((from, i) =>
      i + 1 < certain.length ? t("legend_range", { from: `${from}`, to: `${certain[i + 1]}%` }) : t("legend_from", { from: `${from}%` }),
    );
    const row = (head, shades) => [head, ...spans.map((span, i) => entry(span, shades[i]))];
    return rows(
      row(t("certainty_higher"), certainty.hoger),
      row(t("certainty_lower"), certainty.lager),
      [t("geen uitspraak"), entry([t("certainty_low"), ...reasons(false)].join(", "), UNSURE)],
    );
  },
};

/** The legend of the tab that is shown; `unconfirmed` and `spare` when the map has such areas. */
export function legend(unconfirmed, spare) {
  const signs = spare ? [entry(t("legend_spare"), EMPTY, "spare")] : [];
  if (state.tab !== "expected") {
    if (wijken.state.includes(MISSING)) signs.unshift(entry(t("legend_missing"), EMPTY, "missing"));
    if (wijken.state.includes(SUPPRESSED)) signs.unshift(entry(t("legend_suppressed"), EMPTY, "suppressed"));
    signs.unshift(entry(t("legend_outside"), EMPTY, "outlined"));
  }
  if (unconfirmed) signs.push(entry(t("legend_unconfirmed"), EMPTY, "unconfirmed"));
  return [legends[state.tab](), h("ul", { class: "signs" }, signs)].flat(Infinity);
}

