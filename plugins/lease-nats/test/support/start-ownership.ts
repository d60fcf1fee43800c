import { leaseNats } from "@m3game/lease-nats";
import { createPluginContext } from "@m3game/testing";
import { parseAppId, systemClock } from "m3game";
import { Ownership, type OwnershipOptions } from "m3game/internal";

/** The ownership of one app over NATS. Disposing ends both. */
export async function startOwnership(
  app: string,
  config: Parameters<typeof leaseNats.config.parse>[0],
  options: Partial<OwnershipOptions> = {},
) {
  const context = createPluginContext(app);
  const lease = await leaseNats.create(leaseNats.config.parse(config), context);
  try {
    const ownership = await Ownership.start({
      ...{ app: parseAppId(app), address: `host-of-${app}:1`, lease, clock: systemClock, log: context.log },
      ...{ epoch: async () => 1n, ...options },
    });
    const dispose = async () => {
      await ownership[Symbol.asyncDispose]();
      await lease[Symbol.asyncDispose]();
    };
    return { ownership, lease, context, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await lease[Symbol.asyncDispose]();
    throw error;
  }
}
