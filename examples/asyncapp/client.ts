import { broadcast, Code, defineClient, M3Error, random } from "m3game";
import { AsyncSer } from "../gen/async_pb.js";

/** The channel as its callers see it: what is posted reaches every instance, so that any of them can be asked. */
export const asyncClient = defineClient(AsyncSer, {
  route: {
    transChannel: () => broadcast(),
    sSPullChannel: () => random(),
  },
  check: {
    transChannel({ msg }) {
      if (!msg?.content) throw new M3Error(Code.INVALID_ARGUMENT, "a message for the channel needs a content");
    },
  },
});
