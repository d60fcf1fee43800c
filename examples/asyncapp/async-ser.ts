import { async, type Server } from "m3game";
import { AsyncSer, type ChannelMsg } from "../gen/async_pb.js";

const longestHistory = 100;

/** Keeps the newest messages of the channel. The handlers of an async server run one at a time: no locks are needed. */
export function createAsyncSer(): Server {
  const history: ChannelMsg[] = [];
  return async(AsyncSer, {
    transChannel: ({ msg }) => {
      if (msg !== undefined) history.push(msg);
      if (history.length > longestHistory) history.shift();
      return {};
    },
    sSPullChannel: () => ({ msgs: history }),
  });
}
