import type { BotsOptions, Scenario } from "@m3game/testing/bots";
import { formatReport } from "../bots/format-report.ts";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { loadScenario } from "../load/load-scenario.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 bots <scenario.ts> --url URL [options]

Has many players play a scenario against a gate, and reports how long what they
do takes and what fails, by kind. Needs the package @m3game/testing.

  --url URL       the gate, such as ws://127.0.0.1:20035
  --sessions N    how many players there are; default 10
  --ramp S        over how many seconds they log in; default 1
  --duration S    how many seconds all of them play after that; default 10
  --json          prints the report as JSON

SIGINT and SIGTERM end it early, with a report. Exit code 1: nobody could log
in, or something failed.

The file exports a scenario as its default:
  import { defineScenario } from "@m3game/testing/bots";
  export default defineScenario({
    token: (index) => "player-" + index,
    async round(bot) {
      await bot.service(RoleSer).roleLogin({});
      await bot.pause(1000);
    },
  });
`;

const options = {
  url: { type: "string" },
  sessions: { type: "string", default: "10" },
  ramp: { type: "string", default: "1" },
  duration: { type: "string", default: "10" },
  json: { type: "boolean", default: false },
} as const;

export async function execute({ argv, stdout, signals }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, options);
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError("which scenario? Name the file that exports it");
  if (more.length > 0) throw new UsageError(`one scenario, please; ${more.join(" ")} is too much`);
  const { url = "" } = values;
  if (!/^wss?:\/\//.test(url)) throw new UsageError("which gate? Give its --url, such as ws://127.0.0.1:20035");
  const sessions = numberOf("sessions", values.sessions);
  if (!Number.isInteger(sessions) || sessions < 1) throw new UsageError("--sessions is a whole number from 1 on");
  const [rampMs, durationMs] = [numberOf("ramp", values.ramp) * 1000, numberOf("duration", values.duration) * 1000];
  const report = await run(await loadScenario(file), { url, sessions, rampMs, durationMs }, signals);
  stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
  const failed = report.operations.some(({ errors }) => Object.keys(errors).length > 0);
  return failed || report.connected === 0 ? ExitCode.FAILED : ExitCode.OK;
}

async function run(scenario: Scenario, botsOptions: BotsOptions, signals: CommandIo["signals"]) {
  // Loaded only here: apps that run need no test tools.
  const { runBots } = await import("@m3game/testing/bots");
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"]) signals.on(signal, onSignal);
  try {
    return await runBots(scenario, { ...botsOptions, signal: stop.signal });
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"]) signals.off(signal, onSignal);
  }
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || value > 1e6) throw new UsageError(`--${name} ${text} is no such number`);
  return value;
}
