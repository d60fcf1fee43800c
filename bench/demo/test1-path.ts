import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { AuthReqSchema, AuthRspSchema } from "@m3game/demo/gen/gate_pb.js";
import {
  RoleGetInfo_ReqSchema,
  RoleGetInfo_RspSchema,
  RoleLogin_RspSchema,
  RoleModifyName_ReqSchema,
  RoleModifyName_RspSchema,
  RolePowerUp_ReqSchema,
  RolePowerUp_RspSchema,
  RoleSer,
} from "@m3game/demo/gen/role_pb.js";
import { callStart } from "../gate/frames.ts";
import { PathClient } from "./path-client.ts";

const newName = "NewName";
const powerUp = 1000;

const { roleLogin, roleModifyName, rolePowerUp, roleGetInfo } = RoleSer.method;
const starts = {
  login: callStart(roleLogin),
  modifyName: callStart(roleModifyName),
  powerUp: callStart(rolePowerUp),
  getInfo: callStart(roleGetInfo),
};
const requests = {
  login: new Uint8Array(0),
  modifyName: toBinary(RoleModifyName_ReqSchema, create(RoleModifyName_ReqSchema, { newName })),
  powerUp: toBinary(RolePowerUp_ReqSchema, create(RolePowerUp_ReqSchema, { powerUp })),
  brief: toBinary(RoleGetInfo_ReqSchema, create(RoleGetInfo_ReqSchema, {})),
  detail: toBinary(RoleGetInfo_ReqSchema, create(RoleGetInfo_ReqSchema, { detail: true })),
};

/** Where it takes WebSockets. */
export interface Gate {
  readonly host: string;
  readonly port: number;
}

/**
 * The path of Test1 of the demo's client, with the same checks, for an account that nobody has seen before. Resolves with the
 * connection, which stays.
 */
export async function walkTest1(gate: Gate, token: string): Promise<PathClient> {
  const client = await PathClient.connect(gate.host, gate.port);
  const auth = toBinary(AuthReqSchema, create(AuthReqSchema, { token }));
  const { roleId } = decode(AuthRspSchema, await client.login(auth));
  const { roleDb } = decode(RoleLogin_RspSchema, await client.call(starts.login, requests.login));
  check("RoleLogin", roleDb?.roleId, roleId);
  check("RoleLogin's power", roleDb?.power, 0);
  const { name } = decode(RoleModifyName_RspSchema, await client.call(starts.modifyName, requests.modifyName));
  check("RoleModifyName", name, newName);
  const { power } = decode(RolePowerUp_RspSchema, await client.call(starts.powerUp, requests.powerUp));
  check("RolePowerUp", power, powerUp);
  for (const isDetail of [false, true]) {
    const request = isDetail ? requests.detail : requests.brief;
    const info = decode(RoleGetInfo_RspSchema, await client.call(starts.getInfo, request)).roleDb;
    check("RoleGetInfo's name", info?.name, newName);
    check("RoleGetInfo's power", info?.power, powerUp);
    check("RoleGetInfo's view", info?.fight?.plus !== undefined, isDetail);
  }
  return client;
}

function decode<D extends DescMessage>(schema: D, content: Uint8Array): MessageShape<D> {
  return fromBinary(schema, content);
}

function check<T>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`${what} answered ${actual} in the place of ${expected}`);
}
