// `npm run example -- <Mode>`: a player against `npm run examples`, or against the same apps as processes of their own.
import { parseArgs } from "node:util";
import { login, type Protocol, protocols } from "./login.ts";
import { modes } from "./modes.ts";

const usage = `npm run example -- <Mode> [--protocol ws|grpc|legacy] [--gate host:port] [--token text]

  Modes: ${Object.keys(modes).join(", ")}
  --protocol  how to reach the gate; legacy speaks as clients of the original do (default ws)
  --gate      where it is (default ${protocols.ws}, ${protocols.grpc} for gRPC)
  --token     who plays (default PlayerTest)
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
  const { mode, protocol, gate, token } = choice;
  try {
    const player = await login(protocol, gate, token);
    try {
      await mode(player, (line) => console.log(line));
    } finally {
      player.close();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${error}\n`);
    return 1;
  }
}

function readChoice() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        protocol: { type: "string", default: "ws" },
        gate: { type: "string" },
        token: { type: "string", default: "PlayerTest" },
      },
    });
    const { protocol, token } = values;
    const mode = modes[positionals[0] ?? ""];
    if (mode === undefined || positionals.length > 1 || !isProtocol(protocol)) return undefined;
    return { mode, protocol, gate: values.gate ?? protocols[protocol], token };
  } catch {
    return undefined;
  }
}

function isProtocol(text: string): text is Protocol {
  return Object.hasOwn(protocols, text);
}
