import { z } from "zod";

export const sentinelConfig = z.object({
  /**
   * A second file of rules, relative to the config file, beside RuleConfigFile of `[[Options.Shape]]`. A `.yaml` file, as
   * the original has it, holds Sentinel's own settings and is not read.
   */
  ConfigFile: z.string().min(1).optional(),
});
