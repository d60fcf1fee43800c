import { async } from "m3game";
import { AsyncSer, type ChannelMsg } from "../gen/async_pb.js";

const longestHistory = 100;

/**
 * Keeps the newest messages of the channel. The handlers of an async server run one at a time: no locks are needed. They are made
 * once for each app, so that two in one process have each a history of its own.
 */
export const asyncSer = async(AsyncSer, () => {
  const history: ChannelMsg[] = [];
  return {
    transChannel: ({ msg }) => {
      if (msg !== undefined) history.push(msg);
      if (history.length > longestHistory) history.shift();
      return {};
    },
    sSPullChannel: () => ({ msgs: history }),
  };
});
