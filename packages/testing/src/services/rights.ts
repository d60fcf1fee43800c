/** Which rights a program may have. */
export interface ProgramRights {
  /** It refuses to run as root. */
  readonly isUnprivileged?: boolean;
}

/** The user and group that own nothing. */
export const nobody = 65534;

/** True when the program would refuse to run as who we are. */
export function mustDropRights({ isUnprivileged = false }: ProgramRights): boolean {
  return isUnprivileged && process.getuid?.() === 0;
}

/** The command that runs a program as somebody who may. */
export function commandFor(rights: ProgramRights, program: string): readonly string[] {
  if (!mustDropRights(rights)) return [program];
  return ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--", program];
}
