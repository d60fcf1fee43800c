import { definePlugin } from "m3game";
import { sentinelConfig } from "./config.ts";
import { Sentinel } from "./sentinel.ts";

/**
 * Limits and breaks calls by Sentinel's rules, `[[Plugin.Shape.shape_sentinel]]`. The rules are in the file that
 * `RuleConfigFile` of `[[Options.Shape]]` names.
 */
export const shapeSentinel = definePlugin({
  kind: "shape",
  name: "shape_sentinel",
  config: sentinelConfig,
  create({ ConfigFile }, context) {
    const { RuleConfigFile } = context.options.Shape;
    const isSentinels = ConfigFile !== undefined && /\.ya?ml$/i.test(ConfigFile);
    if (isSentinels) {
      context.log.warn("ConfigFile holds settings of Sentinel's own, which mean nothing here: remove it", {
        ConfigFile,
      });
    }
    const files = [RuleConfigFile, isSentinels ? undefined : ConfigFile].filter((file) => file !== undefined);
    if (files.length === 0) {
      context.log.warn("no traffic rules: name their file by RuleConfigFile of [[Options.Shape]]");
    }
    return Sentinel.open(files.map(context.resolvePath), context);
  },
});
