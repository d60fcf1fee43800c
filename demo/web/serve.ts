// Serves the page that Vite has built to everybody, until a signal ends it: `node demo/web/serve.ts wss://game.example/ …`, with the
// addresses at which browsers reach the gates. M3_PAGE_PORT says at which port, 32400 without it.
import { once } from "node:events";
import { join } from "node:path";
import { servePage } from "./serve-page.ts";

const gates = process.argv.slice(2);
if (gates.length === 0 || !gates.every((gate) => /^wss?:\/\/./.test(gate))) {
  process.stderr.write("Name the gates as browsers reach them: node demo/web/serve.ts wss://game.example/\n");
  process.exit(2);
}
const stop = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
const port = Number(process.env.M3_PAGE_PORT ?? "32400");
await using page = await servePage({
  folder: join(import.meta.dirname, "dist"),
  port,
  host: "0.0.0.0",
  gates: () => gates,
});
process.stdout.write(`The page is served at ${page.origin}\n`);
await stop;
