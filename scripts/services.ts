import { isServiceName, isToolName, serviceNames, toolNames } from "@m3game/testing/services";
import { down } from "./services/down.ts";
import { status } from "./services/status.ts";
import { up } from "./services/up.ts";

const usage = `npm run services -- up|down|status [nats] [consul] [redis] [etcd] [postgres] [mongo]
                                   [chromium] [prometheus] [etcdctl]

  up      brings the servers up on free loopback ports and writes .services/addresses.json for the tests;
          programs that are not on PATH are unpacked from Debian's packages into .services/root, or built there (mongo is
          FerretDB); of chromium, prometheus and etcdctl, which tests and drills start by themselves, it says where they are
  down    ends those that up started
  status  shows them

Without names it is all of them. Exit code: 0 done (status: all up), 1 failed (status: some are not up), 2 wrong usage.`;

/** Runs one command line and resolves with its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const unknown = rest.filter((name) => !isServiceName(name) && !isToolName(name));
  if (command === "help" || command === "--help") {
    console.log(usage);
    return 0;
  }
  if (unknown.length > 0 || command === undefined || !["up", "down", "status"].includes(command)) {
    if (unknown.length > 0) console.error(`Unknown service: ${unknown.join(", ")}.\n`);
    else if (command !== undefined) console.error(`Unknown command: ${command}.\n`);
    console.error(usage);
    return 2;
  }
  const names = rest.length > 0 ? rest.filter(isServiceName) : serviceNames;
  const tools = rest.length > 0 ? rest.filter(isToolName) : toolNames;
  try {
    if (command === "status") return (await status(names, tools)) ? 0 : 1;
    await (command === "up" ? up(names, tools) : down(names));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
