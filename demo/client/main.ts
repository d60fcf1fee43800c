// `npm run demo -- <Mode>`: players against `npm start` or `npm run cluster` in another terminal.
import { parseArgs } from "node:util";
import type { PlayOptions } from "./mode.ts";
import { modes } from "./modes.ts";

const defaultGates = "127.0.0.1:32414,127.0.0.1:32424";

const usage = `npm run demo -- <Mode> [--gates host:port,…] [--token text] [--players N] [--seconds S]

  Modes: ${Object.keys(modes).join(", ")}
  --gates    where the gates are, with commas between (default ${defaultGates})
  --token    who plays; where many do, what their tokens begin with (default DemoTest)
  --players  how many there are: in MutilTest1 (default 10000) and Soak (default 20)
  --seconds  over how long those of MutilTest1 log in (default 100), and how long those of Soak go on (default 60)
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const choice = readChoice();
  if (choice === undefined) {
    const [mode] = process.argv.slice(2);
    const isUnknown = mode !== undefined && !mode.startsWith("-") && !(mode in modes);
    process.stderr.write(isUnknown ? `there is no mode ${mode}\n\n${usage}` : usage);
    return 2;
  }
  try {
    await choice.mode(choice.options, (line) => void process.stdout.write(`${line}\n`));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

function readChoice() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        gates: { type: "string", default: defaultGates },
        token: { type: "string", default: "DemoTest" },
        players: { type: "string" },
        seconds: { type: "string" },
      },
    });
    const name = positionals[0] ?? "";
    const mode = modes[name];
    const usual = name === "Soak" ? { players: 20, seconds: 60 } : { players: 10_000, seconds: 100 };
    const [first, ...gates] = values.gates.split(",");
    const [players, seconds] = [Number(values.players ?? usual.players), Number(values.seconds ?? usual.seconds)];
    if (mode === undefined || positionals.length > 1 || first === undefined || first === "") return undefined;
    if (!Number.isInteger(players) || players < 1 || !(seconds >= 0)) return undefined;
    const options: PlayOptions = { gates: [first, ...gates], token: values.token, players, seconds };
    return { mode, options };
  } catch {
    return undefined;
  }
}
