import { connect, type GameClient, type ServiceClient } from "@m3game/client";
import { AuthRspSchema } from "../../gen/gate_pb.js";
import { type RoleDB, RoleSer } from "../../gen/role_pb.js";
import { Store } from "./ui/store.ts";

/** A player who is logged in. */
export interface Session {
  readonly client: GameClient;
  readonly roleId: bigint;
  readonly role: ServiceClient<typeof RoleSer>;
  /** The player's own role, as it was told last. */
  readonly profile: Store<RoleDB>;
  /** The club that the role is in, 0n for none. */
  readonly clubId: Store<bigint>;
  /** Asks for the role anew. */
  refresh(): Promise<void>;
}

/** Logs in at one of the gates. The name is the account; a new role gets it as its name too. */
export async function openSession(name: string): Promise<Session> {
  const client = await connectAny(await findGates(), name);
  try {
    return await enter(client, name);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function enter(client: GameClient, name: string): Promise<Session> {
  const { roleId } = client.authResponse(AuthRspSchema);
  const role = client.service(RoleSer);
  const { roleDb } = await role.roleLogin({});
  if (roleDb === undefined) throw new Error("the server knows nothing of the role");
  if (roleDb.name === `Role${roleId}`) roleDb.name = (await role.roleModifyName({ newName: name })).name;
  const session: Session = {
    ...{ client, roleId, role },
    profile: new Store(roleDb),
    clubId: new Store(0n),
    async refresh() {
      const found = await role.roleGetInfo({});
      if (found.roleDb !== undefined) session.profile.value = found.roleDb;
      session.clubId.value = found.clubRoleDb?.clubId ?? 0n;
    },
  };
  await session.refresh();
  return session;
}

/** Where the gates are: whoever serves the page knows. It may be asked before they are ready. */
async function findGates(): Promise<readonly string[]> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const response = await fetch("gates.json");
    if (!response.ok) throw new Error("the server of this page does not say where the gates are");
    const gates: readonly string[] = await response.json();
    if (gates.length > 0) return gates;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("there is no gate yet: try again in a moment");
}

/** Tries one gate after the other, the first by chance. */
async function connectAny(gates: readonly string[], token: string): Promise<GameClient> {
  const first = Math.floor(Math.random() * gates.length);
  let last: unknown = new Error("there is no gate");
  for (const gate of [...gates.slice(first), ...gates.slice(0, first)]) {
    try {
      return await connect(gate, { token, timeoutMs: 5000 });
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
