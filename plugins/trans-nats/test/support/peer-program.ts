// An app that listens and answers no call: node peer-program.ts <NATS address> <app id>. Says "listening", then "call" for
// each call that it got, and "replaced" when another process took its place.
import { transNats } from "@m3game/trans-nats";
import { parseAppId, silentLogger, systemClock } from "m3game";

const [url = "", app = ""] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const trans = await transNats.create(transNats.config.parse({ URL: url }), {
  app: parseAppId(app),
  log: { ...silentLogger, error: () => say("replaced") },
  clock: systemClock,
  options: { Shape: {} },
  resolvePath: (path) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
});
await trans.listen({ app, services: [], controls: [], dispatch: () => say("call"), isReady: () => true });
say("listening");
