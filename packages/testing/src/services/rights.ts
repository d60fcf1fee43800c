import type { ServiceDefinition } from "./definitions.ts";

/** The user and group that own nothing. */
export const nobody = 65534;

/** True when the program would refuse to run as who we are. */
export function mustDropRights({ isUnprivileged = false }: Pick<ServiceDefinition, "isUnprivileged">): boolean {
  return isUnprivileged && process.getuid?.() === 0;
}

/** The command that runs a program as somebody who may. */
export function commandFor(definition: Pick<ServiceDefinition, "isUnprivileged">, program: string): readonly string[] {
  if (!mustDropRights(definition)) return [program];
  return ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--", program];
}
