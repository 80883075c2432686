// Builds the page's program and style into the package, with a mark of the sources they were built from.
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = "../bayes_jeugdhulp/report/page_files";
const sources = [...readdirSync("src").sort().map((name) => `src/${name}`), "package-lock.json"];
const hash = createHash("sha256");
for (const name of sources) hash.update(readFileSync(name));

const { metafile } = await build({
  entryPoints: ["src/page.js", "src/page.css"],
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["es2020"],
  legalComments: "none", // below, all of them
  metafile: true,
  outdir: out,
});

// The licences of what is bundled ask to travel with it, also inside every page.
const inside = Object.keys(metafile.inputs).flatMap((name) => name.match(/^node_modules\/([^/]+)/)?.[1] ?? []);
const licences = new Map();
for (const name of new Set(inside)) {
  const [copyright, ...rest] = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim().split("\n");
  const text = rest.join("\n").trim();
  licences.set(text, [...(licences.get(text) ?? []), `${name}: ${copyright}`]);
}
const notices = [...licences].map(([text, names]) => `${names.sort().join("\n")}\n\n${text}`).join("\n\n");
const script = readFileSync(`${out}/page.js`, "utf8");
writeFileSync(`${out}/page.js`, `/* built from ${hash.digest("hex").slice(0, 16)}\n\n${notices}\n*/\n${script}`);
copyFileSync("src/page.html", `${out}/page.html`);
