// Runs before every npm script, on whatever Node the machine has (20 or newer): installs what is missing, so that a
// fresh clone needs no step of its own. After it, node_modules/.bin holds Node 24 and is first on the script's PATH.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = readPackages("package-lock.json");
if (!wanted) fail("package-lock.json is missing or unreadable. Restore it: git checkout package-lock.json");
const installed = readPackages("node_modules/.package-lock.json");

if (!isInstalled()) {
  process.stderr.write(`Installing dependencies (${installed ? "they changed" : "first run"}) ...\n`);
  install();
}
if (!hasNode24()) {
  fail(
    `Node 24 is needed and the npm package node-${process.platform}-${process.arch} did not bring it. ` +
      `Put Node 24 on the PATH (this is ${process.version}), or install again with optional dependencies: npm install`,
  );
}

/** The packages of a lock file by folder, or undefined when it can't be read. */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** True when every package of the lock file is there in its version. An optional one of another platform may miss. */
function isInstalled() {
  if (!installed) return false;
  for (const [folder, entry] of Object.entries(wanted)) {
    if (folder === "") continue;
    const found = installed[folder];
    if (found ? found.version !== entry.version : !entry.optional) return false;
  }
  return true;
}

function install() {
  // Asked first, because an install without a registry tries for many minutes before it gives up.
  const ping = npm("ping", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000");
  const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.exec(ping.stderr);
  if (unreachable) {
    fail(`The npm registry can't be reached (${unreachable[0]}). Check the network and \`npm config get registry\`.`);
  }
  // Not `npm ci`: it refuses a lock file in which an optional package of another platform is missing.
  const result = npm("install", "--no-save", "--no-audit", "--no-fund");
  if (result.status === 0) return;
  process.stderr.write(result.stderr);
  fail("npm install failed; its messages are above. Correct that and try again.");
}

function npm(...args) {
  const result = spawnSync("npm", [...args, "--no-progress", "--loglevel=error"], { cwd: root, encoding: "utf8" });
  if (result.error) fail(`npm can't be started: ${result.error.message}. Install npm and try again.`);
  return result;
}

function hasNode24() {
  return Number.parseInt(process.versions.node, 10) >= 24 || existsSync(join(root, "node_modules/.bin/node"));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
