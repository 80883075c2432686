// What is chosen on the page. Whoever shows it listens; the address keeps it, so that a view can be shared.
import { data } from "./data.js";

const initial = { tab: "difference", reference: "within_gemeente", wijk: null, gemeente: null };
export const state = { ...initial };
const listeners = [];

/** Call `show(changed)` now and whenever something is chosen; `changed` tells which keys. */
export function listen(show) {
  listeners.push(show);
}

export function choose(patch) {
  const changed = new Set(Object.keys(patch).filter((key) => state[key] !== patch[key]));
  if (!changed.size) return;
  Object.assign(state, patch);
  history.replaceState(null, "", address());
  for (const show of listeners) show(changed);
}

/** Figures against the chosen reference. */
export const against = () => data.references[state.reference];

function address() {
  const kept = new URLSearchParams();
  if (state.tab !== initial.tab) kept.set("tab", state.tab);
  if (state.reference !== initial.reference) kept.set("ref", state.reference);
  if (state.wijk !== null) kept.set("wijk", data.wijken.code[state.wijk]);
  if (state.gemeente !== null) kept.set("gemeente", data.gemeenten.code[state.gemeente]);
  const text = kept.toString();
  return text ? `#${text}` : location.pathname + location.search;
}

/** Choose what the address says; what it does not know is left. */
export function restore() {
  const kept = new URLSearchParams(location.hash.slice(1));
  const known = (list, code) => (list.includes(code) ? list.indexOf(code) : null);
  const tab = kept.get("tab");
  choose({
    tab: ["actual", "expected", "difference", "certainty"].includes(tab) ? tab : state.tab,
    reference: kept.get("ref") in data.references ? kept.get("ref") : state.reference,
    wijk: known(data.wijken.code, kept.get("wijk")),
    gemeente: known(data.gemeenten.code, kept.get("gemeente")),
  });
}

export function begin() {
  restore();
  for (const show of listeners) show(new Set(Object.keys(state)));
}
