// Parses Mermaid diagrams: a JSON list of texts on stdin, a JSON list of errors (or
// null) on stdout.  The first argument is the folder that holds node_modules.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.argv[2]), "_.js"));
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const entry = path.join(process.argv[2], "node_modules/mermaid/dist/mermaid.core.mjs");
const { default: mermaid } = await import(pathToFileURL(path.resolve(entry)));

const verdicts = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    await mermaid.parse(text);
    verdicts.push(null);
  } catch (error) {
    verdicts.push(String(error.message ?? error));
  }
}
process.stdout.write(JSON.stringify(verdicts));
process.exit(0);
