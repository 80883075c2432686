// Search for a wijk or gemeente: a combobox that is worked by keys, pointer or screen reader alike.
import { data, every, gemeenteOf, number, plain, plural, t } from "./data.js";
import { $, h, say } from "./dom.js";
import { choose } from "./state.js";

const MOST = 12;
const CODE = /^(gm|wk)\d*$|^\d{4,8}$/;
// Gemeenten that most people call something else than the register does.
const ALIASES = [["'s-gravenhage", "den haag", "the hague"], ["'s-hertogenbosch", "den bosch"]];
const { wijken, gemeenten } = data;

/** Everything that a place is called, to search in. */
function called(name) {
  const bare = plain(name).replace(/ \(.*\)$/, ""); // the register adds "(gemeente)" to some
  return [plain(name), ...(ALIASES.find((names) => names.includes(bare)) ?? [bare])];
}

/** How well a place fits the words that are looked for, 0 best; null where it does not. */
function fit({ names, of, code }, words) {
  const all = words.join(" ");
  if (CODE.test(all) && code.includes(all)) return 0;
  const starts = (name) => (word) => name.split(/[\s\-'(/.]+/).some((part) => part.startsWith(word.replace(/^'/, "")));
  if (names.includes(all)) return 0;
  if (names.some((name) => name.startsWith(all))) return 1;
  if (names.some((name) => words.every(starts(name)))) return 2;
  if (names.some((name) => words.every((word) => name.includes(word)))) return 3;
  // A wijk is found by its gemeente too.
  if (of.some((gemeente) => names.some((name) => words.every((word) => `${name} ${gemeente}`.includes(word))))) return 4;
  return null;
}

export function drawSearch() {
  const [input, list] = [$("find"), $("found")];
  const all = [
    ...gemeenten.name.map((name, g) => ({ name, kind: t("kind_gemeente"), names: called(name), of: [], code: plain(gemeenten.code[g]), pick: { gemeente: g }, to: "gemeente" })),
    ...every.map((i) => ({ name: wijken.name[i], kind: t("kind_wijk", { gemeente: gemeenteOf(i) }), names: [plain(wijken.name[i])], of: called(gemeenteOf(i)), code: plain(wijken.code[i]), pick: { wijk: i }, to: "kaart" })),
  ];
  const { compare } = new Intl.Collator(data.language, { numeric: true });
  let found = [];
  let active = -1;

  function close() {
    $("found-box").hidden = true;
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
    const hits = all.map((one) => [fit(one, words), one]).filter(([rank]) => rank !== null);
    const order = ([rank, { to }]) => rank + (to === "gemeente" ? 0 : 0.5);
    hits.sort((a, b) => order(a) - order(b) || compare(a[1].name, b[1].name) || compare(a[1].kind, b[1].kind));
    found = hits.slice(0, MOST).map(([, hit]) => hit);
    list.replaceChildren(...found.map(({ name, kind }, at) =>
      h("li", { role: "option", id: `found-${at}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); take(at); } },
        h("span", {}, name), h("span", { class: "quiet small" }, kind))));
    $("found-box").hidden = false;
    list.hidden = !found.length;
    $("found-said").textContent = !found.length ? t("search_0") : hits.length > MOST ? t("search_more", { n: number(hits.length - MOST) }) : "";
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    say(plural("search", hits.length));
  }

  input.addEventListener("input", look);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if ($("found-box").hidden || !found.length) return;
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
