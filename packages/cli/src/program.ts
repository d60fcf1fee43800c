import { runCommandLine } from "./command-line.ts";

const { stdin, stdout, stderr } = process;
// A terminal that went, or a reader that left, must not end an app that is still to finish its calls.
for (const stream of [stdout, stderr]) stream.on("error", () => {});

const code = await runCommandLine({
  argv: process.argv.slice(2),
  stdout,
  stderr,
  env: process.env,
  signals: process,
  isTerminal: stdin.isTTY || stdout.isTTY,
});
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))));
process.exit(code);
