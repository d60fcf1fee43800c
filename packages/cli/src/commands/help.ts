import { type CommandIo, ExitCode, UsageError } from "../command.ts";

export const help = `m3: run and try the apps of m3game

  m3 run <app.ts> -idstr ID [-conf FILE]    run one app
  m3 dev <cluster.ts>                       run many apps in one process and
                                            restart them when a file changes
  m3 call HOST:PORT [SERVICE[/METHOD] JSON] call a method, or list what is there
  m3 health HOST:PORT                       whether an app takes new work
  m3 plugins [NAME]                         the plugins that are installed
  m3 new game NAME                          a game to start from
  m3 new plugin NAME                        a package for a plugin of your own
  m3 bots <scenario.ts> --url URL           have many players play a scenario
  m3 backup FILE --to FILE                  copy a store of db_sqlite in use
  m3 restore COPY --to FILE                 put such a copy in its place

A running cluster, by the config of one of its apps
  m3 apps                                   the apps: version, load, state
  m3 actor list|get|kick|move               the actors
  m3 leases                                 who owns what
  m3 sessions [PLAYER]                      the players at the gates
  m3 route SERVICE KEY                      where calls with a key go
  m3 trace player ID                        that player's calls, live
  m3 canary status|set|promote|abort|watch  which version gets which players

  m3 help [COMMAND]                         this help, or that of a command
  m3 --version

With every command: --help shows its help; --debug (or the environment variable
M3_DEBUG=1) shows the stack of an error.

Exit codes
  0    done, or stopped as asked
  1    the app or the call failed; standard error says why
  2    the command line is wrong
  130  ended at once by a second Ctrl-C (143: by a second SIGTERM)
`;

const pages: Readonly<Record<string, () => Promise<{ readonly help: string }>>> = {
  run: () => import("./run.ts"),
  dev: () => import("./dev.ts"),
  call: () => import("./call.ts"),
  health: () => import("./health.ts"),
  plugins: () => import("./plugins.ts"),
  new: () => import("./new.ts"),
  bots: () => import("./bots.ts"),
  apps: () => import("./apps.ts"),
  actor: () => import("./actor.ts"),
  leases: () => import("./leases.ts"),
  sessions: () => import("./sessions.ts"),
  route: () => import("./route.ts"),
  trace: () => import("./trace.ts"),
  canary: () => import("./canary.ts"),
  backup: () => import("./backup.ts"),
  restore: () => import("./restore.ts"),
  help: async () => ({ help }),
};

export async function execute({ argv, stdout }: CommandIo): Promise<number> {
  const [name] = argv;
  const page = name === undefined ? pages.help : Object.hasOwn(pages, name) ? pages[name] : undefined;
  if (page === undefined)
    throw new UsageError(`there is no command ${name}; there are ${Object.keys(pages).join(", ")}`);
  stdout.write((await page()).help);
  return ExitCode.OK;
}
