import { type Lease, type PluginDefinition, parseAppId, systemClock } from "m3game";
import { Ownership, type OwnershipOptions } from "m3game/internal";
import type { z } from "zod";
import { createPluginContext, type TestPluginContext } from "../plugin-context.ts";

/** The ownership of one app, and what it stands on. Disposing ends both. */
export interface StartedOwnership extends AsyncDisposable {
  readonly ownership: Ownership;
  readonly lease: Lease;
  readonly context: TestPluginContext;
}

/** Makes a function that starts the ownership of one app over this plugin. */
export function ownershipStarter<S extends z.ZodType>(plugin: PluginDefinition<"lease", S>) {
  return async (
    app: string,
    config: z.input<S>,
    options: Partial<OwnershipOptions> = {},
  ): Promise<StartedOwnership> => {
    const context = createPluginContext(app);
    const lease = await plugin.create(plugin.config.parse(config), context);
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
  };
}
