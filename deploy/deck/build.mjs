// Makes portal/static/vendor/deck.gl anew: one minified module, and the licences of every package inside it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const folder = new URL("../../portal/static/vendor/deck.gl/", import.meta.url);
mkdirSync(folder, { recursive: true });
const made = await build({
  entryPoints: ["entry.js"], bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none",
  outfile: new URL("deck.js", folder).pathname, metafile: true,
});

const inside = new Set();
for (const [path, used] of Object.entries(Object.values(made.metafile.outputs)[0].inputs)) {
  const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
  if (found && used.bytesInOutput) inside.add(found[1]);
}
// A package without a copy of its licence stops the build.
const texts = [...inside].sort().map((name) => {
  const at = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${at}/package.json`, "utf-8"));
  const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
  return `== ${name} ${version} (${license})\n\n${readFileSync(`${at}/${file}`, "utf-8").trim()}\n`;
});
writeFileSync(new URL("LICENSE.txt", folder), texts.join("\n"));

for (const name of ["deck.js", "LICENSE.txt"]) {
  const bytes = readFileSync(new URL(name, folder));
  console.log(`${name}  ${bytes.length} bytes  sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
}
