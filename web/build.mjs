// Builds the browser's code: web/client/ → web/static/, file names with a hash of their content.
//   node web/build.mjs
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { build } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CLIENT = join(ROOT, "web/client");
const STATIC = join(ROOT, "web/static");
const LUCIDE = join(ROOT, "node_modules/lucide-static/icons");

const ENTRIES = [
  "site.ts",
  "ring.ts",
  "ring_line.ts",
  "front.ts",
  "enter.ts",
  "console.ts",
  "applications.ts",
  "call.ts",
  "talk.ts",
  "day.ts",
  "buying.ts",
  "booking.ts",
  "push.ts",
  "share.ts",
  "passkeys.ts",
  "photos.ts",
  "counter.ts",
  "checkup.ts",
  "recording.ts",
  "questions.ts",
  "practice.ts",
  "board.ts",
  "desk.ts",
  "letters.ts",
  "chat.ts",
  "own_site.ts",
  "worker.ts",
  "style/main.css",
  "style/pages.css",
  "style/member.css",
  "style/talking.css",
  "style/casts.css",
  "style/applying.css",
  "style/ratings.css",
  "style/reading.css",
  "style/checkup.css",
  "style/recording.css",
  "style/questions.css",
  "style/practice.css",
  "style/board.css",
  "style/desk.css",
  "style/opening.css",
  "style/letters.css",
  "style/chat.css",
  "style/site.css",
];
// The oldest browsers that have light-dark(), which the look stands on, and popovers.
const BROWSERS = JSON.parse(await readFile(join(CLIENT, "browsers.json"), "utf8"));
const TARGET = ["es2022", ...BROWSERS.map(({ engine, since }) => `${engine}${since}`)];
// A smaller file travels in one packet either way.
const SMALLEST_COMPRESSED = 256;

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

/** File name → content, for everything that goes into web/static/. */
const files = new Map();
/** The name that templates ask for → the file name with its hash. */
const manifest = {};

function addHashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  manifest[name] = `${name.slice(0, -extension.length)}-${hash}${extension}`;
  files.set(manifest[name], content);
}

async function addScriptsAndStyles() {
  const found = ENTRIES.map((entry) => join(CLIENT, entry)).filter(existsSync);
  const missing = ENTRIES.filter((entry) => !existsSync(join(CLIENT, entry)));
  if (missing.length > 0) {
    console.error(`web/client lacks ${missing.join(", ")}`);
    process.exitCode = 1;
  }
  const result = await build({
    entryPoints: found,
    bundle: true,
    charset: "utf8",
    entryNames: "[name]",
    external: ["/static/*"],
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
    minify: true,
    outdir: STATIC,
    target: TARGET,
    write: false,
  });
  for (const { path, contents } of result.outputFiles) addHashed(basename(path), contents);
}

async function addIcons() {
  const list = await readFile(join(CLIENT, "icons.txt"), "utf8");
  const names = list.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const symbols = await Promise.all([...new Set(names.filter(Boolean))].sort().map(symbolOf));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  addHashed("icons.svg", Buffer.from(sprite));
}

async function symbolOf(name) {
  const svg = await readFile(join(LUCIDE, `${name}.svg`), "utf8").catch(() => {
    throw new Error(`web/client/icons.txt: lucide has no icon "${name}"`);
  });
  const drawing = svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/\s+/g, " ")
    .replace(/> </g, "><")
    .trim();
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" stroke="currentColor" ` +
    `stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`
  );
}

/** Pictures and sounds beside the code get a hash; portraits keep their names, which rows hold, and
 * icons theirs, which the service worker and home screens hold. */
async function addPictures() {
  for (const path of await filesBelow(CLIENT)) {
    const name = relative(CLIENT, path);
    if (!/\.(svg|png|webp|ico|webmanifest|mp3|ogg|wav)$/.test(name)) continue;
    const content = await readFile(path);
    if (/^(portraits|icons)\//.test(name)) {
      manifest[name] = name;
      files.set(name, content);
    } else {
      addHashed(basename(name), content);
    }
  }
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

async function compressed(name, content) {
  if (!/\.(js|css|svg|webmanifest)$/.test(name) || content.length < SMALLEST_COMPRESSED) return [];
  const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
  return [
    [`${name}.br`, await brotli(content, quality)],
    [`${name}.gz`, await gzip(content, { level: 9 })],
  ];
}

/** Writes new files before it removes old ones, so that a running site always has a whole set. */
async function write() {
  for (const [name, content] of [...files]) {
    for (const [sibling, packed] of await compressed(name, content)) files.set(sibling, packed);
  }
  for (const [name, content] of files) {
    await mkdir(dirname(join(STATIC, name)), { recursive: true });
    await writeFile(join(STATIC, name), content);
  }
  await writeFile(join(STATIC, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  for (const path of await filesBelow(STATIC)) {
    const name = relative(STATIC, path);
    if (name !== "manifest.json" && !files.has(name)) await rm(path);
  }
}

async function report() {
  for (const [name, file] of Object.entries(manifest)) {
    if (name.startsWith("portraits/")) continue;
    const { size } = await stat(join(STATIC, file));
    const travels = files.get(`${file}.br`)?.length ?? size;
    console.info(`${name.padEnd(14)} ${String(size).padStart(7)} B, travels as ${travels} B`);
  }
}

await Promise.all([addScriptsAndStyles(), addIcons(), addPictures()]);
await write();
await report();
