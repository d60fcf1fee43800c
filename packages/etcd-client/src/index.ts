export { type EtcdAccess, etcdAccess, readAccess } from "./access.ts";
export { checkEtcdFields, type EtcdFields, etcdFields } from "./config.ts";
export { EtcdClient } from "./etcd-client.ts";
export { errorText, isLeaseGone, isRefusal } from "./etcd-error.ts";
export { EtcdRenewer } from "./etcd-renewer.ts";
export { findMember } from "./find-member.ts";
export { createdAt, found, get, nested, put, remove, writtenAt } from "./txn.ts";
