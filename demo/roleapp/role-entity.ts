import { defineEntity } from "m3game";
import { RoleDBSchema, RoleFlagSchema, RoleViewSchema } from "../gen/role_pb.js";

export const RoleEntity = defineEntity(RoleDBSchema, { table: "role", flags: RoleFlagSchema, views: RoleViewSchema });
