// Run as a process of its own: owns one id and works on it as fast as it can, saying so on standard output.
// Arguments: app id, URL of the lease plugin's module, its config as JSON, id, "inline" or "thread".
import { type Lease, type PluginDefinition, parseAppId, silentLogger, systemClock } from "m3game";
import { Ownership } from "m3game/internal";

const [app = "", module = "", config = "{}", id = "", keepalive] = process.argv.slice(2);
const say = (...words: unknown[]) => process.stdout.write(`${words.join(" ")}\n`);

const { default: plugin }: { readonly default: PluginDefinition<"lease"> } = await import(module);
const lease: Lease = await plugin.create(plugin.config.parse(JSON.parse(config)), {
  ...{ app: parseAppId(app), log: silentLogger, clock: systemClock },
  options: { Shape: {} },
  resolvePath: (path) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
});
const ownership = await Ownership.start({
  ...{ app: parseAppId(app), address: `process-${process.pid}`, lease, clock: systemClock, log: silentLogger },
  ...{ epoch: async () => 1n, inline: keepalive === "inline" },
});
const result = await ownership.acquire(id);
if (result.status === "taken") throw new Error(`${id} is taken by ${result.holder.address}`);
const { claim } = result;
say("acquired", claim.fence.counter);
ownership.onState((state) => say("state", state));

// A timer of Node's own: it keeps the process alive. After a pause it runs before anything is read from a socket.
setInterval(() => {
  const now = process.hrtime.bigint();
  say(claim.isHeld() ? "worked" : "idle", now, Date.now());
}, 5);
