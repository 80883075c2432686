// The figures and texts that came with the page, and how they are written.
import { $ } from "./dom.js";

export const data = JSON.parse($("data").textContent);
const { wijken, gemeenten, levels } = data;
export const count = wijken.code.length;
export const every = Array.from({ length: count }, (_, i) => i);

const whole = new Intl.NumberFormat(data.language);
const one = new Intl.NumberFormat(data.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const minus = (text) => text.replace("-", "−");

/** A text by its key, its {names} filled in. */
export function t(key, values = {}) {
  return data.texts[key].replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

/** The text for none, one or more, where the language has them. */
export const plural = (key, n, values = {}) => t(`${key}_${n < 2 ? n : "n"}`, { n: number(n), ...values });

export const number = (n) => whole.format(n);
export const tenth = (n) => minus(one.format(n / 10));
export const percent = (n) => (n === null ? "" : `${tenth(n)}%`);
export const signed = (n) => (n === null ? "" : (n > 0 ? "+" : "") + tenth(n));
export const between = (low, high, write) => (low === null ? "" : t("interval", { low: write(low), high: write(high) }));

const upToOne = new Intl.NumberFormat(data.language, { maximumFractionDigits: 1 });
/** A probability, never written as certain; the same form as in the sentences. */
export const chance = (n) => (n >= 100 ? t("chance_over") : n <= 0 ? "<1%" : `${upToOne.format(n)}%`);

/** A sentence out of its kind and its numbers. */
export function sentence({ kinds, said }, i) {
  const [kind, ...numbers] = said[i];
  let next = 0;
  return kinds[kind].replace(/\{\}/g, () => numbers[next++]);
}

/** Published use in words: the percentage, or why there is none. */
export const observed = (i) => percent(wijken.observed[i]) || t(levels.state[wijken.state[i]]);

/** Without a published figure a wijk takes no place among those that have one. */
export const published = (i) => levels.state[wijken.state[i]] === "published";

/** Where a number of youths comes from, unless the source gives it. */
export const quality = (i) => (wijken.quality[i] ? t(`quality_${levels.quality[wijken.quality[i]]}`) : null);
export const youths = (i) => [number(wijken.youths[i]), quality(i)].filter(Boolean).join(", ");

/** What is concluded of a wijk, in words, with the reason where nothing is. */
export function conclusion(against, i) {
  const status = t(levels.status[against.status[i]]);
  return reason(against, i) ? `${status}: ${reason(against, i)}` : status;
}

/** Why nothing is said of a wijk; empty where something is. */
export const reason = (against, i) => against.reasons[against.reason[i]];

/** What carries the conclusion, else the more probable direction, and its probability; null where a reason forbids it. */
export function surest(against, i) {
  const [up, down] = [against.prob_higher[i], against.prob_lower[i]];
  if (up === null) return null;
  if (levels.status[against.status[i]] === "als verwacht") return ["als verwacht", against.prob_near[i]];
  return up >= down ? ["hoger", up] : ["lager", down];
}

export const wijkenOf = (gemeente) => every.filter((i) => wijken.gemeente[i] === gemeente);
export const gemeenteOf = (i) => gemeenten.name[wijken.gemeente[i]];

/** For searching: no accents, no capitals, every apostrophe straight. */
export const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\u2018\u2019\u00b4`]/g, "'").toLowerCase();
