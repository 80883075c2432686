// The table: the same figures as the map, to sort and filter; a page of rows at a time.
import {
  between, conclusion, data, every, gemeenteOf, number, observed, percent, plain, plural, published, quality, signed, surest, t, tenth,
} from "./data.js";
import { isOutside } from "./colours.js";
import { $, h } from "./dom.js";
import { against, choose, listen, state } from "./state.js";
import { badge, brief } from "./wijk.js";

const ROWS = matchMedia("(max-width: 64rem)").matches ? 20 : 50;
const { wijken, levels } = data;

const sureness = (i) => surest(against(), i)?.[1] ?? null;
/** What a wijk is sorted by; null, which comes last, where it has no published figure. */
const ranked = (i, value) => (published(i) ? value : null);

const columns = [
  { key: "name", cell: (i) => link(i), value: (i) => wijken.name[i] },
  { key: "gemeente", cell: gemeenteOf, value: gemeenteOf },
  { key: "youths", cell: (i) => [number(wijken.youths[i]), note(quality(i))], value: (i) => wijken.youths[i], numeric: true },
  { key: "actual", cell: (i) => [observed(i), note(isOutside(i) ? t(`beyond_${levels.outside[against().outside[i]]}`) : null)], value: (i) => wijken.observed[i], numeric: true },
  { key: "expected", cell: (i) => range("expected_pct", "expected", i, percent, tenth), value: (i) => against().expected_pct[i], numeric: true },
  { key: "difference", cell: (i) => range("difference_points", "difference", i, signed, signed), value: (i) => ranked(i, against().difference_points[i]), numeric: true },
  { key: "chance", cell: brief, value: (i) => ranked(i, sureness(i)), numeric: true },
  { key: "rank", cell: (i) => (published(i) ? [between(against().rank_low[i], against().rank_high[i], number), note(t("in_group", { group: against().rank_group[i] }))] : note(t("no_rank"))), value: (i) => ranked(i, against().rank_low[i] + against().rank_high[i]), numeric: true },
  { key: "status", cell: (i) => badge(against().status[i], conclusion(against(), i)), value: (i) => 1000 * against().status[i] - (ranked(i, sureness(i)) ?? 0) },
];

let sorted = { column: columns[8], up: true }; // what is surest, first
let shown = ROWS;
let found = [];

const note = (text) => (text ? h("span", { class: "note" }, text) : null);
const range = (middle, ends, i, write, writeEnds) => {
  const a = against();
  return [write(a[middle][i]), note(between(a[`${ends}_low`][i], a[`${ends}_high`][i], writeEnds))];
};
const link = (i) =>
  h("button", { type: "button", class: "link", onclick: () => { choose({ wijk: i }); $("kaart").scrollIntoView(); $("kaart").focus({ preventScroll: true }); } }, wijken.name[i]);

export function drawTable() {
  const head = $("table").tHead.rows[0];
  for (const column of columns) {
    const button = h("button", { type: "button", onclick: () => sort(column) }, t(`column_${column.key}`));
    head.append(h("th", { role: "columnheader", scope: "col", class: column.numeric ? "n" : "" }, button));
    $("sort").append(h("option", { value: column.key }, t(`column_${column.key}`)));
  }
  $("sort").addEventListener("change", ({ target }) => sort(columns.find(({ key }) => key === target.value)));
  $("filter-status").append(
    h("option", { value: "" }, t("filter_all")),
    ...levels.status.map((status, place) => h("option", { value: place }, t(status))),
  );
  for (const id of ["filter-text", "filter-status", "filter-outside"]) $(id).addEventListener("input", () => refresh());
  $("filter-clear").addEventListener("click", () => filter(""));
  $("more").addEventListener("click", () => {
    const first = shown;
    shown += ROWS;
    body();
    $("table").tBodies[0].rows[first]?.querySelector("button").focus();
  });
  listen((changed) => {
    if (changed.has("reference")) refresh();
    else if (changed.has("wijk")) body();
  });
}

/** Show only wijken with one conclusion. */
export function filter(status) {
  $("filter-text").value = "";
  $("filter-outside").checked = false;
  $("filter-status").value = status;
  refresh();
}

function sort(column) {
  sorted = { column, up: sorted.column === column ? !sorted.up : !column.numeric || column.key === "rank" };
  refresh();
}

function refresh() {
  const words = plain($("filter-text").value).split(/\s+/).filter(Boolean);
  const status = $("filter-status").value;
  found = every.filter((i) =>
    (status === "" || against().status[i] === +status) &&
    (!$("filter-outside").checked || isOutside(i)) &&
    words.every((word) => plain(`${wijken.name[i]} ${gemeenteOf(i)} ${wijken.code[i]}`).includes(word)));
  const { column, up } = sorted;
  const keys = new Map(found.map((i) => [i, column.value(i)]));
  const words2 = new Intl.Collator(data.language, { numeric: true });
  found.sort((i, j) => {
    const [a, b] = [keys.get(i), keys.get(j)];
    if (a === null || b === null) return (a === null) - (b === null) || published(j) - published(i) || i - j;
    return (up ? 1 : -1) * (typeof a === "string" ? words2.compare(a, b) : a - b) || i - j;
  });
  shown = ROWS;
  body();
}

function body() {
  const { column, up } = sorted;
  [...$("table").tHead.rows[0].cells].forEach((cell, at) =>
    columns[at] === column ? cell.setAttribute("aria-sort", up ? "ascending" : "descending") : cell.removeAttribute("aria-sort"));
  $("sort").value = column.key;
  $("table").tBodies[0].replaceChildren(...found.slice(0, shown).map((i) =>
    h("tr", { role: "row", class: i === state.wijk ? "chosen" : "" }, columns.map(({ key, cell, numeric }, at) =>
      at === 0
        ? h("th", { role: "rowheader", scope: "row", class: "name" }, cell(i))
        : h("td", { role: "cell", class: `${key}${numeric ? " n" : ""}`, "data-label": t(`column_${key}`) }, cell(i))))));
  const [n, seen] = [found.length, Math.min(shown, found.length)];
  const order = t("sorted", { column: t(`column_${column.key}`).toLowerCase(), order: t(up ? "ascending" : "descending") });
  const parts = [plural("found", n), order, seen < n ? t("shown", { shown: number(seen), found: number(n) }) : null];
  $("table-said").textContent = n ? `${parts.filter(Boolean).join("; ")}. ${column.key === "rank" ? t("no_sort_rank") : ""}`.trim() : parts[0];
  $("table").hidden = !n;
  $("more").hidden = seen === n;
  $("more").textContent = t("more", { n: number(Math.min(ROWS, n - seen)) });
}
