import type { AppId } from "m3game";
import type { TableSession } from "./lease-table.ts";

/** How the role apps name their claims on roles: env and world, then LeasePrefix, by default the function, kind and id. */
export class Presence {
  readonly #prefix: string;

  constructor({ env, world }: AppId) {
    this.#prefix = `${env}.${world}/role/Role/`;
  }

  claimOf(roleId: bigint): string {
    return `${this.#prefix}${roleId}`;
  }

  /** The roles among what a session holds, in any order. */
  rolesOf({ claims }: TableSession): readonly bigint[] {
    return [...claims.keys()]
      .filter((id) => id.startsWith(this.#prefix))
      .map((id) => BigInt(id.slice(this.#prefix.length)));
  }
}
