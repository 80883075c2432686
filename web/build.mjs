// Builds the page's program and style into the package, with a mark of the sources they were built from.
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const out = "../bayes_jeugdhulp/report/page_files";
const sources = [...readdirSync("src").sort().map((name) => `src/${name}`), "package-lock.json"];
const hash = createHash("sha256");
for (const name of sources) hash.update(readFileSync(name));

await build({
  entryPoints: ["src/page.js", "src/page.css"],
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["es2020"],
  legalComments: "eof",
  banner: { js: `/* built from ${hash.digest("hex").slice(0, 16)} */` },
  outdir: out,
});
copyFileSync("src/page.html", `${out}/page.html`);
