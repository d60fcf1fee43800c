import type { LeaseHolder } from "m3game";
import type { OnlineHolderInfo } from "../../gen/online_pb.js";

export function holderOf({ appId, incarnation, address, counter }: OnlineHolderInfo): LeaseHolder {
  return { app: appId, incarnation, address, counter };
}
