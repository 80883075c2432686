// Packed borders as paths: a run of numbers -> TopoJSON -> Path2D in metres from the north-west corner.
import { feature, mesh } from "topojson-client";
import { data } from "./data.js";

const { borders } = data;

/** Whole numbers out of base64: seven bits a byte, small ones short, signs zigzagged. */
function* numbers(packed) {
  const bytes = atob(packed);
  for (let at = 0; at < bytes.length; ) {
    let value = 0;
    for (let shift = 0, byte = 128; byte & 128; shift += 7) {
      byte = bytes.charCodeAt(at++);
      value |= (byte & 127) << shift;
    }
    yield (value >>> 1) ^ -(value & 1);
  }
}

function topology({ step, packed }) {
  const run = numbers(packed);
  const next = () => run.next().value;
  const times = (n, make) => Array.from({ length: n }, make);
  let [x, y] = [0, 0];
  const arcs = times(next(), () => times(next(), () => [(x += next()) * step, (y += next()) * step]));
  const geometries = borders.codes.map((code) => ({
    type: "MultiPolygon",
    id: code,
    arcs: times(next(), () => times(next(), () => times(next(), next))),
  }));
  return { type: "Topology", arcs, objects: { wijken: { type: "GeometryCollection", geometries } } };
}

function lines(path, rings, close) {
  for (const ring of rings) {
    path.moveTo(ring[0][0], ring[0][1]);
    for (let i = 1; i < ring.length; i++) path.lineTo(ring[i][0], ring[i][1]);
    if (close) path.closePath();
  }
}

function box(polygons) {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [ring] of polygons)
    for (const [x, y] of ring) {
      if (x < found[0]) found[0] = x;
      if (y < found[1]) found[1] = y;
      if (x > found[2]) found[2] = x;
      if (y > found[3]) found[3] = y;
    }
  return found;
}

/** One level of detail: a path and a box for each wijk, and lines between gemeenten and between wijken. */
export function level(name) {
  const shapes = topology(borders.levels[name]);
  const wijken = shapes.objects.wijken;
  const gemeente = (geometry) => geometry.id.slice(2, 6);
  const paths = [];
  const boxes = [];
  for (const geometry of wijken.geometries) {
    const path = new Path2D();
    const polygons = feature(shapes, geometry).geometry.coordinates;
    for (const polygon of polygons) lines(path, polygon, true);
    paths.push(path);
    boxes.push(box(polygons));
  }
  const between = (filter) => {
    const path = new Path2D();
    lines(path, mesh(shapes, wijken, filter).coordinates, false);
    return path;
  };
  return {
    paths,
    boxes,
    gemeenten: between((a, b) => a === b || gemeente(a) !== gemeente(b)),
    wijken: between((a, b) => a !== b && gemeente(a) === gemeente(b)),
  };
}

/** Place in the figures of each border; -1 where there are none. */
export const figures = borders
  ? (() => {
      const places = new Map(data.wijken.code.map((code, i) => [code, i]));
      return borders.codes.map((code) => places.get(code) ?? -1);
    })()
  : [];
/** Places of the figures that have a border. */
export const onMap = new Set(figures);
