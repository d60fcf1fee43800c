import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const examplesFolder = fileURLToPath(new URL("../../../../examples", import.meta.url));

export interface Example {
  /** Its folder, such as `simpleapp`. */
  readonly name: string;
  readonly appFile: string;
  readonly configFile: string;
  readonly id: string;
}

/** Every folder of examples/ that holds an app. */
export const examples: readonly Example[] = globSync("*/app.ts", { cwd: examplesFolder })
  .sort()
  .map((file) => {
    const name = file.replace("/app.ts", "");
    return {
      name,
      appFile: join(examplesFolder, file),
      configFile: join(examplesFolder, "config", `${name}.toml`),
      id: `example.world1.${name.replace(/app$/, "")}.1`,
    };
  });
