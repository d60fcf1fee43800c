import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServiceName, ToolName } from "@m3game/testing/services";
import { aptDir, programRoot } from "./paths.ts";

const run = promisify(execFile);

const packages: Readonly<Partial<Record<ServiceName, string>>> = {
  nats: "nats-server",
  consul: "consul",
  redis: "redis-server",
  etcd: "etcd-server",
  postgres: "postgresql",
};

/** The last Debian release that has Consul. */
const consulRelease = "bullseye";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** True where `unpackPackages` can work. */
export function isDebian(): boolean {
  return existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get") && osRelease("ID") === "debian";
}

/** The package that has the service's program, undefined when Debian has none. */
export function debianPackage(service: ServiceName): string | undefined {
  return packages[service];
}

/** The package that has the tool. */
export function toolPackage(tool: ToolName): string {
  return tool === "etcdctl" ? "etcd-client" : tool;
}

/**
 * Downloads packages, with those they depend on and that this machine lacks, and unpacks them below
 * `.services/root`. Installs nothing, starts nothing, and leaves apt's own lists and cache as they are; needs no root.
 */
export async function unpackPackages(names: readonly string[]): Promise<void> {
  const lists = join(aptDir, "lists");
  const archives = join(aptDir, "cache", "archives");
  rmSync(aptDir, { recursive: true, force: true });
  for (const folder of [lists, archives]) mkdirSync(join(folder, "partial"), { recursive: true });
  const options = aptOptions({
    "Dir::State::lists": lists,
    "Dir::Cache": join(aptDir, "cache"),
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
  });
  await run("apt-get", [...options, "update"]);
  if (names.includes("consul")) {
    const sourceList = join(aptDir, "sources.list");
    writeFileSync(sourceList, await sources(options));
    options.push(...aptOptions({ "Dir::Etc::sourcelist": sourceList, "Dir::Etc::sourceparts": "/dev/null" }));
    await run("apt-get", [...options, "update"]);
  }
  await run("apt-get", [...options, "install", "--yes", "--download-only", "--no-install-recommends", ...names]);
  for (const file of readdirSync(archives)) {
    if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", join(archives, file), programRoot]);
  }
  rmSync(aptDir, { recursive: true, force: true });
}

/** This machine's release and, from the same mirror, the one that has Consul. */
async function sources(options: readonly string[]): Promise<string> {
  const release = osRelease("VERSION_CODENAME");
  const { stdout } = await run("apt-get", [
    ...options,
    "indextargets",
    ...["--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Component: main"],
  ]);
  const mirror = stdout
    .split("\n")
    .map((line) => line.split(" "))
    .find(([codename]) => codename === release)?.[1];
  if (mirror === undefined) throw new Error(`apt's sources name no Debian mirror for ${release}`);
  const signedBy = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
  return [release, consulRelease].map((name) => `deb ${signedBy}${mirror} ${name} main\n`).join("");
}

function aptOptions(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

function osRelease(key: string): string | undefined {
  const line = readFileSync("/etc/os-release", "utf8")
    .split("\n")
    .find((text) => text.startsWith(`${key}=`));
  return line?.slice(key.length + 1).replaceAll('"', "");
}
