// The map: drawn once on a canvas larger than its window, moved as a picture, drawn anew when it comes to rest.
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { figures, level, onMap } from "./borders.js";
import { colour, hatch, INK, isOutside, legend } from "./colours.js";
import { data, every, number, t, wijkenOf } from "./data.js";
import { $, h, say } from "./dom.js";
import { against, choose, listen, state } from "./state.js";
import { summary } from "./wijk.js";

const TABS = ["actual", "expected", "difference", "certainty"];
const ROOM = 0.35; // drawn beyond each side, as a share of the window
const FINE = 3; // times enlarged from which the finer borders are drawn
const MOST = 60; // times enlarged, at most

export function drawMap() {
  tabs();
  if (!data.borders) {
    for (const id of ["tabs", "tab-note", "map", "legend", "map-help", "unmatched"]) $(id).hidden = true;
    for (const name of ["role", "aria-labelledby"]) $("map-panel").removeAttribute(name);
    $("no-map").hidden = false;
    listen(words);
    return;
  }
  const [west, south, east, north] = data.borders.extent;
  const [wide, high] = [east - west, north - south];
  const canvas = $("canvas");
  const screen = canvas.getContext("2d");
  const sheet = document.createElement("canvas"); // what is drawn, larger than the window
  const ink = sheet.getContext("2d");
  const probe = document.createElement("canvas").getContext("2d");
  const unconfirmed = new Set(data.borders.unconfirmed);
  const levels = { coarse: level("coarse") };
  const placeOf = new Map(figures.map((i, place) => [i, place]));
  const labels = names(levels.coarse.boxes, placeOf);
  let [width, height, ratio, fit] = [0, 0, 1, 1];
  let now = zoomIdentity;
  let drawn = null; // the transform that the sheet was drawn with
  let resting = 0;
  let keyed = false;

  const fine = () => (levels.fine ??= level("fine"));
  /** From metres to pixels of the window, at a transform. */
  const metres = (at) => ({
    scale: at.k * fit,
    x: at.x + (at.k * (width - wide * fit)) / 2,
    y: at.y + (at.k * (height - high * fit)) / 2,
  });

  function draw() {
    const { paths, boxes, gemeenten, wijken } = now.k >= FINE ? fine() : levels.coarse;
    const { scale, x, y } = metres(now);
    const [left, top] = [width * ROOM, height * ROOM];
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, sheet.width, sheet.height);
    const to = ratio * scale;
    ink.setTransform(to, 0, 0, to, ratio * (x + left), ratio * (y + top));
    ink.lineJoin = "round";
    const pixel = 1 / scale;
    const [x0, y0] = [-(x + left) * pixel, -(y + top) * pixel];
    const [x1, y1] = [x0 + (width + 2 * left) * pixel, y0 + (height + 2 * top) * pixel];
    const seen = boxes.flatMap((b, place) => (b[0] < x1 && b[2] > x0 && b[1] < y1 && b[3] > y0 ? [place] : []));
    const patterns = Object.fromEntries(Object.entries(hatches(ink)).map(([kind, pattern]) => {
      pattern.setTransform(new DOMMatrix([1 / to, 0, 0, 1 / to, 0, 0]));
      return [kind, pattern];
    }));
    for (const place of seen) {
      const i = figures[place];
      if (i >= 0) {
        ink.fillStyle = colour(i);
        ink.fill(paths[place]);
      }
      const kind = unconfirmed.has(data.borders.codes[place]) ? "unconfirmed" : hatch(i);
      if (kind) {
        ink.fillStyle = patterns[kind];
        ink.fill(paths[place]);
      }
    }
    const stroke = (path, style, pixels) => {
      ink.strokeStyle = style;
      ink.lineWidth = pixels * pixel;
      ink.stroke(path);
    };
    stroke(wijken, "rgba(255,255,255,.75)", now.k < FINE ? 0.35 : 0.9);
    stroke(gemeenten, "rgba(40,40,40,.65)", now.k < FINE ? 0.5 : 1.1);
    if (state.tab !== "expected")
      for (const place of seen)
        if (figures[place] >= 0 && isOutside(figures[place])) stroke(paths[place], INK, now.k < FINE ? 1.3 : 2.4);
    const chosen = placeOf.get(state.wijk);
    if (state.wijk !== null && chosen !== undefined) {
      stroke(paths[chosen], "#ffffff", 6);
      stroke(paths[chosen], "#0b57d0", 3);
    }
    drawn = now;
    write(labels, scale, x + left, y + top);
  }

  /** Names of gemeenten, the largest first, where there is room. */
  function write(all, scale, dx, dy) {
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.font = "600 12px system-ui, sans-serif";
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    ink.lineWidth = 3;
    ink.strokeStyle = "rgba(255,255,255,.85)";
    ink.fillStyle = INK;
    const taken = [];
    for (const { name, x, y, size } of all.slice(0, Math.round(14 * now.k ** 1.6))) {
      const [cx, cy] = [x * scale + dx, y * scale + dy];
      if (cx < 0 || cy < 0 || cx > sheet.width / ratio || cy > sheet.height / ratio) continue;
      const half = size / 2 + 6;
      if (taken.some(([tx, ty, th]) => Math.abs(tx - cx) < half + th && Math.abs(ty - cy) < 20)) continue;
      taken.push([cx, cy, half]);
      ink.strokeText(name, cx, cy);
      ink.fillText(name, cx, cy);
    }
  }

  /** Lay the drawn sheet in the window as the transform now is. */
  function lay() {
    const k = now.k / drawn.k;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    const [x, y] = [now.x - k * drawn.x - k * width * ROOM, now.y - k * drawn.y - k * height * ROOM];
    screen.setTransform(k, 0, 0, k, ratio * x, ratio * y);
    screen.drawImage(sheet, 0, 0);
    if (keyed) {
      screen.setTransform(ratio, 0, 0, ratio, (ratio * width) / 2, (ratio * height) / 2);
      screen.lineWidth = 2;
      screen.strokeStyle = "#0b57d0";
      screen.strokeRect(-9, -9, 18, 18);
    }
  }

  const beyond = () =>
    now.k / drawn.k > 2.5 || now.k / drawn.k < 0.6 ||
    Math.abs(now.x - (drawn.x * now.k) / drawn.k) > width * ROOM ||
    Math.abs(now.y - (drawn.y * now.k) / drawn.k) > height * ROOM;

  function redraw() {
    clearTimeout(resting);
    draw();
    lay();
  }

  function move({ transform }) {
    now = transform;
    $("map").classList.toggle("near", now.k > 1);
    clearTimeout(resting);
    if (beyond()) return redraw();
    lay();
    resting = setTimeout(redraw, 120);
  }

  let clicked = false;
  const pan = zoom()
    .scaleExtent([1, MOST])
    // One finger scrolls the page until the map is enlarged; the wheel zooms once the map was clicked.
    .filter((event) => (event.type === "wheel" ? clicked || event.ctrlKey : event.type !== "touchstart" || event.touches.length > 1 || now.k > 1) && !event.button)
    .clickDistance(5)
    .on("zoom", move);
  const held = select(canvas).call(pan).on("dblclick.zoom", null);
  canvas.addEventListener("pointerdown", () => { clicked = true; keyed = false; });
  canvas.addEventListener("blur", () => { clicked = keyed = false; lay(); });
  canvas.addEventListener("focus", () => { keyed = canvas.matches(":focus-visible"); lay(); });

  /** The transform that puts a point, in metres, in the middle of the window, or at a share of its height. */
  function centred(mx, my, k, middle = 0.5) {
    const { x, y } = metres(zoomIdentity);
    return zoomIdentity.translate(width / 2, height * middle).scale(k).translate(-(x + mx * fit), -(y + my * fit));
  }

  function size() {
    if (matchMedia("print").matches) return; // paper shows what the screen showed
    const box = $("map").getBoundingClientRect();
    const { scale, x, y } = metres(now);
    const amid = width && [(width / 2 - x) / scale, (height / 2 - y) / scale]; // what is in the middle stays there
    if (!box.width || (box.width === width && box.height === height)) return;
    [width, height, ratio] = [box.width, box.height, Math.min(window.devicePixelRatio || 1, 2)];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    [sheet.width, sheet.height] = [width, height].map((side) => Math.round(side * (1 + 2 * ROOM) * ratio));
    fit = 0.98 * Math.min(width / wide, height / high);
    pan.extent([[0, 0], [width, height]]).translateExtent([[0, 0], [width, height]]);
    if (amid) held.call(pan.transform, centred(amid[0], amid[1], now.k));
    redraw();
  }

  /** Which wijk lies under a point of the window; null where none with figures does. */
  function under(px, py) {
    const { scale, x, y } = metres(now);
    const [mx, my] = [(px - x) / scale, (py - y) / scale];
    const { paths, boxes } = now.k >= FINE ? fine() : levels.coarse;
    const place = boxes.findIndex((b, at) =>
      b[0] <= mx && mx <= b[2] && b[1] <= my && my <= b[3] && probe.isPointInPath(paths[at], mx, my));
    return place < 0 || figures[place] < 0 ? null : figures[place];
  }

  let picked = null;
  /** Choose a wijk on the map itself, which then stays where it is. */
  function pick(i) {
    picked = i;
    choose({ wijk: i });
  }

  const tip = $("tip");
  canvas.addEventListener("pointermove", (event) => {
    const i = event.pointerType === "mouse" && !event.buttons ? under(event.offsetX, event.offsetY) : null;
    tip.hidden = i === null;
    canvas.style.cursor = i === null ? "grab" : "pointer";
    if (i === null) return;
    tip.replaceChildren(...summary(i));
    const [dx, dy] = [event.offsetX, event.offsetY];
    tip.style.left = `${Math.max(0, Math.min(dx + 14, width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${dy + 18 + tip.offsetHeight > height ? Math.max(0, dy - tip.offsetHeight - 10) : dy + 18}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const i = under(event.offsetX, event.offsetY);
    if (i !== null) pick(i);
  });

  const times = (factor) => held.call(pan.scaleBy, factor);
  const keys = {
    ArrowLeft: () => held.call(pan.translateBy, 60 / now.k, 0),
    ArrowRight: () => held.call(pan.translateBy, -60 / now.k, 0),
    ArrowUp: () => held.call(pan.translateBy, 0, 60 / now.k),
    ArrowDown: () => held.call(pan.translateBy, 0, -60 / now.k),
    "+": () => times(1.5),
    "=": () => times(1.5),
    "-": () => times(1 / 1.5),
    0: () => held.call(pan.transform, zoomIdentity),
    Enter: () => {
      const i = under(width / 2, height / 2);
      if (i === null) say(t("map_nothing"));
      else pick(i);
    },
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keyed = true;
    keys[event.key]();
  });
  $("zoom-in").addEventListener("click", () => times(1.8));
  $("zoom-out").addEventListener("click", () => times(1 / 1.8));
  $("zoom-all").addEventListener("click", () => held.call(pan.transform, zoomIdentity));

  /** Enlarge the map to some wijken, which take up a share of it. */
  function show(some, most, share) {
    const boxes = some.flatMap((i) => (placeOf.has(i) ? [levels.coarse.boxes[placeOf.get(i)]] : []));
    if (!boxes.length || !width) return;
    const [x0, y0] = [0, 1].map((side) => Math.min(...boxes.map((b) => b[side])));
    const [x1, y1] = [2, 3].map((side) => Math.max(...boxes.map((b) => b[side])));
    const k = Math.max(1, Math.min(most, MOST, (share * width) / ((x1 - x0) * fit), (share * height) / ((y1 - y0) * fit)));
    // On a narrow screen the card of a wijk lies over the lower half.
    const middle = state.wijk !== null && matchMedia("(max-width: 62rem)").matches ? 0.25 : 0.5;
    held.call(pan.transform, centred((x0 + x1) / 2, (y0 + y1) / 2, k, middle));
  }

  $("canvas").setAttribute("aria-label", t("map_label", { n: number(every.length) }));
  listen((changed) => {
    words(changed);
    if (changed.has("gemeente") && state.gemeente !== null) show(wijkenOf(state.gemeente), 30, 0.8);
    else if (changed.has("wijk") && state.wijk !== null && state.wijk !== picked && !inView(state.wijk)) show([state.wijk], 14, 0.2);
    picked = null;
    if (width) redraw();
  });
  function inView(i) {
    const b = levels.coarse.boxes[placeOf.get(i)];
    if (!b || !width) return true;
    const { scale, x, y } = metres(now);
    const [px, py] = [((b[0] + b[2]) / 2) * scale + x, ((b[1] + b[3]) / 2) * scale + y];
    return now.k >= FINE && px > 0 && py > 0 && px < width && py < height;
  }
  new ResizeObserver(size).observe($("map"));
  size();
  (window.requestIdleCallback ?? setTimeout)(fine);
}

/** Legend and notes that go with what is shown. */
function words() {
  for (const tab of TABS) {
    const button = $(`tab-${tab}`);
    button.setAttribute("aria-selected", tab === state.tab);
    button.tabIndex = tab === state.tab ? 0 : -1;
  }
  $("outside-said").textContent = against().outside_said;
  if (!data.borders) return;
  $("map-panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  $("tab-note").textContent = t(`tab_${state.tab}_note`);
  $("legend").replaceChildren(...legend(data.borders.unconfirmed.length > 0, figures.includes(-1)));
  $("off-map").textContent = offMap();
}

/** How many of the clearly higher and lower wijken have no border; empty where all have one. */
function offMap() {
  const [of, off] = [{}, {}];
  for (const way of ["hoger", "lager"]) {
    const found = every.filter((i) => data.levels.status[against().status[i]] === way);
    of[way] = found.length;
    off[way] = found.filter((i) => !onMap.has(i)).length;
  }
  if (!off.hoger && !off.lager) return "";
  const said = { higher: off.hoger, lower: off.lager, all_higher: of.hoger, all_lower: of.lager };
  return t("off_map", Object.fromEntries(Object.entries(said).map(([key, n]) => [key, number(n)])));
}

function tabs() {
  TABS.forEach((tab, at) => {
    const button = $(`tab-${tab}`);
    button.addEventListener("click", () => choose({ tab }));
    button.addEventListener("keydown", ({ key }) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at + TABS.length - 1, Home: 0, End: TABS.length - 1 }[key];
      if (to === undefined) return;
      const next = TABS[to % TABS.length];
      choose({ tab: next });
      $(`tab-${next}`).focus();
    });
  });
}

/** Where the name of each gemeente goes: amid its youths. */
function names(boxes, placeOf) {
  const measure = document.createElement("canvas").getContext("2d");
  measure.font = "600 12px system-ui, sans-serif";
  const found = data.gemeenten.name.map((name) => ({ name: name.replace(/ \(.*\)$/, ""), size: measure.measureText(name).width, x: 0, y: 0, youths: 0 }));
  for (const i of every) {
    const box = boxes[placeOf.get(i)];
    if (!box) continue;
    const [to, n] = [found[data.wijken.gemeente[i]], data.wijken.youths[i]];
    to.x += (n * (box[0] + box[2])) / 2;
    to.y += (n * (box[1] + box[3])) / 2;
    to.youths += n;
  }
  return found
    .filter(({ youths }) => youths)
    .map((one) => ({ ...one, x: one.x / one.youths, y: one.y / one.youths }))
    .sort((a, b) => b.youths - a.youths);
}

let made;
/** Patterns: lines for a suppressed figure, dots for none, level lines for no figures, crosses for not confirmed. */
function hatches(context) {
  if (made) return made;
  const pattern = (side, paint) => {
    const tile = h("canvas", { width: side, height: side });
    paint(Object.assign(tile.getContext("2d"), { strokeStyle: "#777777", fillStyle: "#999999", lineWidth: 1.1 }));
    return context.createPattern(tile, "repeat");
  };
  const line = (c, ...points) => {
    c.beginPath();
    points.forEach(([x, y], i) => (i % 2 ? c.lineTo(x, y) : c.moveTo(x, y)));
    c.stroke();
  };
  made = {
    suppressed: pattern(6, (c) => line(c, [-1, 1], [1, -1], [0, 6], [6, 0], [5, 7], [7, 5])),
    missing: pattern(6, (c) => c.fillRect(2, 2, 1.4, 1.4)),
    spare: pattern(6, (c) => line(Object.assign(c, { strokeStyle: "#c4c9ce" }), [0, 3], [6, 3])),
    unconfirmed: pattern(7, (c) => line(c, [0, 0], [7, 7], [0, 7], [7, 0])),
  };
  return made;
}

