// Search for a wijk or gemeente: a combobox that is worked by keys, pointer or screen reader alike.
import { data, every, gemeenteOf, plain, plural, t } from "./data.js";
import { $, h, say } from "./dom.js";
import { choose } from "./state.js";

const MOST = 12;
const { wijken, gemeenten } = data;

export function drawSearch() {
  const [input, list] = [$("find"), $("found")];
  const all = [
    ...gemeenten.name.map((name, g) => ({ name, kind: t("kind_gemeente"), code: gemeenten.code[g], pick: { gemeente: g }, to: "gemeente" })),
    ...every.map((i) => ({ name: wijken.name[i], kind: t("kind_wijk", { gemeente: gemeenteOf(i) }), code: wijken.code[i], pick: { wijk: i }, to: "kaart" })),
  ].map((one) => ({ ...one, key: plain(`${one.name} ${one.kind} ${one.code}`), start: plain(one.name) }));
  let found = [];
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    active = place;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", at === place));
    if (place < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `found-${place}`);
    list.children[place].scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const { name, pick, to } = found[place];
    input.value = name;
    close();
    choose(pick);
    $(to).scrollIntoView();
    $(to).focus({ preventScroll: true });
  }

  function look() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    if (!words.length) return close();
    const hits = all.filter(({ key }) => words.every((word) => key.includes(word)));
    const rank = ({ start, to }) => (start === words.join(" ") ? 0 : start.startsWith(words[0]) ? 1 : 2) + (to === "gemeente" ? 0 : 0.5);
    found = hits.map((hit) => [rank(hit), hit]).sort(([a], [b]) => a - b).slice(0, MOST).map(([, hit]) => hit);
    list.replaceChildren(...found.map(({ name, kind }, at) =>
      h("li", { role: "option", id: `found-${at}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); take(at); } },
        h("span", {}, name), h("span", { class: "quiet small" }, kind))));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    say(plural("search", hits.length));
  }

  input.addEventListener("input", look);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      mark((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(Math.max(active, 0));
    }
  });
}
