import { resolve } from "node:path";
import { type App, type CommandLine, isM3Error, parseAppId, parseCommandLine, readConfig, startApp } from "m3game";
import { reasonError } from "m3game/internal";
import { type CommandIo, UsageError } from "../command.ts";
import { describeApp } from "../host/describe-app.ts";
import { hostApps } from "../host/host-apps.ts";
import { createPluginFinder } from "../load/find-plugin.ts";
import { loadApp } from "../load/load-app.ts";

export const help = `m3 run <app.ts> -idstr ID [-conf FILE] [-env KEY=VALUE]...

Runs the app that the file exports as its default, made by defineApp.

  -idstr ID       its app id, env.world.func.ins: example.world1.simple.1
  -conf FILE      its config, TOML
  -env KEY=VALUE  sets an environment variable; may be repeated
Two dashes and --idstr=ID work as well.

Variables M3__Table__Key override the config file:
  -env M3__Plugin__Trans__trans_tcp__Port=20052

Plugins are found by the names in the config: trans_tcp is the package
@m3game/trans-tcp, as the app file sees it. Without a router the app sees only
itself; without a log plugin it logs by log_pino to standard output.

Signals
  SIGINT, SIGTERM  out of the registry, finish calls, stop; exit code 0.
                   Again within a second: the same request. Later: end at once
  SIGHUP           without a terminal: read the config again. A wrong one
                   changes nothing; LogLevel takes effect, the log says what
                   needs a restart. With a terminal: as SIGTERM
  SIGUSR2          out of the registry and finish calls, but keep the process

Example
  m3 run app.ts -idstr example.world1.simple.1 -conf simple.toml
`;

export async function execute(io: CommandIo): Promise<number> {
  const { file, id, configFile, env } = parse(io.argv);
  Object.assign(io.env, env);
  let running: App | undefined;
  const start = async (signal: AbortSignal) => {
    const definition = await loadApp(file);
    const app = await startApp(definition, {
      id,
      ...(configFile !== undefined && { config: await readConfig(configFile) }),
      env: io.env,
      resolvePlugin: createPluginFinder(resolve(file)),
      defaultLog: "log_pino",
      signal,
    });
    io.stdout.write(describeApp(app, definition, "m3 call"));
    running = app;
    return { apps: [app], stop: () => app.stop() };
  };
  const reload = async () => {
    if (configFile === undefined) throw reasonError("CONFIG_INVALID", "the app was started without -conf");
    await running?.reload(await readConfig(configFile));
  };
  return hostApps(start, { ...io, reload });
}

function parse(argv: readonly string[]): CommandLine & { readonly file: string } {
  try {
    const line = parseCommandLine(argv);
    const [file, ...more] = line.rest;
    if (file === undefined) throw new UsageError("which app? Name the file that exports it");
    if (more.length > 0) throw new UsageError(`one app file, please; ${more.join(" ")} is too much`);
    parseAppId(line.id);
    return { ...line, file };
  } catch (error) {
    throw isM3Error(error) ? new UsageError(error.message, { cause: error }) : error;
  }
}
