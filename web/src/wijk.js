// One wijk: a few lines beside the pointer, and the card that says what may be said of it.
import {
  between, chance, conclusion, data, gemeenteOf, number, observed, percent, published, reason, sentence, signed, surest, t, tenth, youths,
} from "./data.js";
import { onMap } from "./borders.js";
import { isOutside } from "./colours.js";
import { $, h, s } from "./dom.js";
import { against, choose, listen, state } from "./state.js";

const { wijken, levels, palette } = data;

/** A sign and a word for what is concluded; the sign differs in shape, not in colour alone. */
export function badge(status, text) {
  const sign = { hoger: "▲", lager: "▼", "als verwacht": "●", "geen uitspraak": "○" }[levels.status[status]];
  return h("span", { class: `badge s${status}` }, h("span", { "aria-hidden": true }, sign), ` ${text}`);
}

/** The published figure less what was expected without it, as the SCP's map showed it. */
const gap = (i) => (against().gap_points[i] === null ? null : t("points", { value: signed(against().gap_points[i]) }));
const expected = (i) =>
  `${percent(against().expected_pct[i])} (${between(against().expected_low[i], against().expected_high[i], tenth)})`;
const difference = (i) =>
  `${t("points", { value: signed(against().difference_points[i]) })} (${between(against().difference_low[i], against().difference_high[i], signed)})`;
/** What is surest and its probability, in a few words, or why neither is told. */
export const brief = (i) => {
  const told = surest(against(), i);
  return told ? `${chance(told[1])} ${t(told[0])}` : t("chance_none", { reason: reason(against(), i) });
};
const likely = (i) => {
  const told = surest(against(), i);
  if (!told) return brief(i);
  return t(told[0] === "als verwacht" ? "chance_near" : "chance_text", { share: chance(told[1]), direction: t(told[0]) });
};

const pairs = (list) =>
  h("dl", {}, list.filter(([, value]) => value).map(([key, value, note]) =>
    h("div", {}, h("dt", {}, key), h("dd", {}, value, note ? h("span", { class: "note" }, note) : null))));

/** For beside the pointer. */
export function summary(i) {
  return [
    h("strong", {}, wijken.name[i]),
    h("span", { class: "quiet" }, gemeenteOf(i)),
    badge(against().status[i], conclusion(against(), i)),
    pairs([
      [t("actual"), observed(i)],
      [t("expected"), expected(i)],
      [t("difference"), difference(i)],
      [t("gap"), gap(i)],
      [t("chance"), brief(i)],
    ]),
  ];
}

/** The figure of a wijk beside the interval in which it was to be expected. */
function strip(i) {
  const a = against();
  const [low, high, value] = [a.predictive_low[i], a.predictive_high[i], wijken.observed[i]];
  if (low === null) return null;
  const most = Math.max(200, high, value ?? 0) * 1.05;
  const x = (v) => (320 * v) / most;
  const step = most > 400 ? 100 : 50;
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
  const label = t("strip", { observed: observed(i), low: tenth(low), high: tenth(high) });
  return h("figure", {},
    s("svg", { viewBox: "-12 0 346 46", role: "img", "aria-label": label },
      ticks.map((v) => [
        s("line", { x1: x(v), x2: x(v), y1: 4, y2: 30, class: "grid" }),
        s("text", { x: x(v), y: 43, "text-anchor": "middle" }, `${v / 10}%`),
      ]),
      s("rect", { x: x(low), width: Math.max(2, x(high) - x(low)), y: 11, height: 12, rx: 6, class: "band" }),
      s("line", { x1: x(a.expected_pct[i]), x2: x(a.expected_pct[i]), y1: 7, y2: 27, class: "expected" }),
      value === null ? null : s("circle", { cx: x(value), cy: 17, r: 6, fill: isOutside(i) ? palette.status[a.status[i]] : "#fff", stroke: palette.status[a.status[i]], class: "dot" })),
    h("figcaption", { class: "quiet small" }, t("strip_key")));
}

function card(i) {
  const a = against();
  const judged = a.predictive_low[i] !== null;
  return [
    h("div", { class: "card-head" },
      h("h3", {}, wijken.name[i], h("span", { class: "quiet" }, `${gemeenteOf(i)}, ${wijken.code[i]}`)),
      h("button", { type: "button", class: "close", "aria-label": t("card_close"), onclick: () => { choose({ wijk: null }); $("find").focus(); } }, "×")),
    badge(a.status[i], conclusion(a, i)),
    h("p", {}, sentence(a.sentence, i)),
    strip(i),
    data.borders && !onMap.has(i) ? h("p", { class: "small" }, t("card_no_border")) : null,
    pairs([
      [t("actual"), observed(i)],
      [t("expected"), expected(i)],
      [t("predictive"), judged ? between(a.predictive_low[i], a.predictive_high[i], percent) : t("unjudged")],
      judged ? [t("outside"), t(`outside_${levels.outside[a.outside[i]]}`)] : [],
      [t("difference"), difference(i)],
      [t("gap"), gap(i), t("gap_note")],
      [t("chance"), likely(i)],
      ...(published(i)
        ? [
            [t("rank"), t("rank_text", { low: number(a.rank_low[i]), high: number(a.rank_high[i]), total: number(data.ranked) }), t("rank_note")],
            [t("group"), t("group_text", { group: a.rank_group[i], groups: a.groups }), t("group_note")],
          ]
        : [[t("rank"), t("no_rank"), t("unpublished")]]),
      [t("youths"), youths(i)],
    ]),
    h("button", { type: "button", onclick: () => { choose({ gemeente: wijken.gemeente[i] }); $("gemeente").scrollIntoView(); $("gemeente").focus({ preventScroll: true }); } },
      t("card_gemeente", { gemeente: gemeenteOf(i) })),
  ];
}

export function drawCard() {
  listen((changed) => {
    if (!changed.has("wijk") && !changed.has("reference")) return;
    $("card").replaceChildren(...(state.wijk === null ? [h("p", { class: "quiet" }, t(data.borders ? "card_empty" : "card_empty_alone"))] : card(state.wijk).filter(Boolean)));
    $("card").classList.toggle("filled", state.wijk !== null);
    if (changed.has("wijk")) $("card").scrollTop = 0;
  });
}
