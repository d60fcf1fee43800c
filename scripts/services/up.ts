import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import {
  findFaketime,
  findFreePorts,
  findProgram,
  findTool,
  type Program,
  type ServiceName,
  serviceDefinitions,
  startServer,
  type ToolName,
} from "@m3game/testing/services";
import { debianPackage, isDebian, toolPackage, unpackPackages } from "./debian.ts";
import { buildFerretDb } from "./ferretdb.ts";
import { dataDir, logFile, servicesDir } from "./paths.ts";
import { endProcess, findProcess, isRunning } from "./processes.ts";
import { type RunningService, readState, writeState } from "./state.ts";

/** How long a server that runs may take to answer until it is replaced, in milliseconds: others may be at work with a busy one. */
export const busyMs = 20_000;

/** Brings the named servers up, those that are not; the state file then names each of them. Of tools it says where they are. */
export async function up(names: readonly ServiceName[], tools: readonly ToolName[] = []): Promise<void> {
  const programs = await findPrograms(names, tools);
  const outcomes = await Promise.allSettled(names.map((name) => bringUp(name, programs[name])));
  const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => String(reason));
  for (const tool of tools) {
    const program = await findWorkingTool(tool);
    if (program === undefined)
      failures.push(`${tool}: there is none that starts. Install it so that it is on PATH, then run this again.`);
    else console.log(`${tool} is there (${program.path})`);
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
}

async function bringUp(name: ServiceName, program: Program | undefined): Promise<void> {
  const running = readState()[name];
  if (running !== undefined && isRunning(running)) {
    if (await isAnswering(name, running.address, busyMs)) {
      console.log(`${name} is up at ${running.address}`);
      return;
    }
    await endProcess(running);
  }
  if (program === undefined) throw new Error(howToInstall(name));
  rmSync(dataDir(name), { recursive: true, force: true });
  const service = await start(name, program);
  writeState({ ...readState(), [name]: service });
  console.log(`${name} is up at ${service.address} (${program.path}, process ${service.pid})`);
}

async function start(name: ServiceName, program: Program): Promise<RunningService> {
  const definition = serviceDefinitions[name];
  const ports = await findFreePorts(definition.portCount);
  const child = await startServer({
    ...{ definition, program, ports, dataDir: dataDir(name), logFile: logFile(name), detached: true },
  });
  child.unref();
  const id = child.pid === undefined ? undefined : findProcess(child.pid);
  if (id === undefined) throw new Error(`${name} ended just after it started; its log is ${logFile(name)}`);
  return { ...id, address: `127.0.0.1:${ports[0]}`, program: program.path };
}

/** True when the server at this address answers in time. */
export async function isAnswering(name: ServiceName, address: string, timeoutMs: number): Promise<boolean> {
  try {
    await serviceDefinitions[name].probe(address, AbortSignal.timeout(timeoutMs));
    return true;
  } catch {
    return false;
  }
}

async function findPrograms(
  names: readonly ServiceName[],
  tools: readonly ToolName[],
): Promise<Partial<Record<ServiceName, Program>>> {
  const find = (name: ServiceName) => findProgram(serviceDefinitions[name].binary, servicesDir);
  const missing = names.filter((name) => find(name) === undefined);
  const wanted = missing.flatMap((name) => debianPackage(name) ?? []);
  // Tests of what needs etcd set clocks.
  if (names.includes("etcd") && findFaketime(servicesDir) === undefined) wanted.push("libfaketime");
  for (const tool of tools) if ((await findWorkingTool(tool)) === undefined) wanted.push(toolPackage(tool));
  if (wanted.length > 0 && isDebian()) {
    console.log(`Downloading ${wanted.join(", ")} from Debian (nothing is installed) ...`);
    try {
      await unpackPackages(wanted);
    } catch (error) {
      console.error(`The download failed: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  if (names.includes("mongo") && find("mongo") === undefined) {
    console.log("Building FerretDB with Go, which takes a few minutes the first time ...");
    try {
      await buildFerretDb();
    } catch (error) {
      console.error(`The build failed: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  return Object.fromEntries(names.map((name) => [name, find(name)]));
}

/** A tool that starts: one that was unpacked on another machine may lack libraries here. */
async function findWorkingTool(name: ToolName): Promise<Program | undefined> {
  const program = findTool(name, servicesDir);
  if (program === undefined) return undefined;
  try {
    const env = { ...process.env, ...program.env };
    await promisify(execFile)(program.path, [name === "etcdctl" ? "version" : "--version"], { env });
    return program;
  } catch {
    return undefined;
  }
}

function howToInstall(name: ServiceName): string {
  if (name === "mongo") return "mongo: FerretDB could not be built. Install Go 1.24 or newer, then run this again.";
  const { binary } = serviceDefinitions[name];
  return `${name}: there is no "${binary}" on this machine. Install it so that it is on PATH, then run this again.`;
}
