import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { findFreePorts } from "@m3game/testing/services";

/** The ports of a new game, and the files that name them. */
const usual = /\b(5173|20035)\b/g;
const files: readonly string[] = ["config/gate.toml", "web/main.ts", "web/vite.config.ts"];

/** Free ports in place of those of a new game, which may be in use where a test runs. */
export class GamePorts {
  readonly all: readonly number[];

  private constructor(all: readonly number[]) {
    this.all = all;
  }

  static async pick(): Promise<GamePorts> {
    return new GamePorts(await findFreePorts(2));
  }

  /** The text with these ports. */
  replace(text: string): string {
    return text.replaceAll(usual, (port) => String(this.all[port === "5173" ? 0 : 1]));
  }

  /** Has a project use these ports. */
  async enter(project: string): Promise<void> {
    for (const file of files) {
      const path = join(project, file);
      await writeFile(path, this.replace(await readFile(path, "utf8")));
    }
  }

  /** Those on which something listens. */
  async inUse(): Promise<readonly number[]> {
    const states = await Promise.all(this.all.map(isInUse));
    return this.all.filter((_port, index) => states[index]);
  }
}

function isInUse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(true));
    server.listen(port, "localhost", () => server.close(() => resolve(false)));
  });
}
