import { existsSync, globSync } from "node:fs";
import { join } from "node:path";

/**
 * The library by which a test sets the wall clock of a process of its own (libfaketime, preloaded into it): installed, or
 * unpacked below `<servicesDir>/root`. Undefined when it is nowhere.
 */
export function findFaketime(servicesDir: string | undefined): string | undefined {
  const roots = ["/", ...(servicesDir === undefined ? [] : [join(servicesDir, "root")])];
  return roots
    .flatMap((root) =>
      globSync("usr/lib/*-linux-gnu/faketime/libfaketimeMT.so.1", { cwd: root }).map((file) => join(root, file)),
    )
    .find((file) => existsSync(file));
}
