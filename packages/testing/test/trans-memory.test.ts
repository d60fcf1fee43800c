import { createMemoryHub, transMemory } from "m3game";
import { runTransConformance } from "../src/index.ts";

const hub = createMemoryHub();

runTransConformance({
  name: "trans_memory",
  create: (context) => transMemory(hub).create({}, context),
  skip: [
    { reason: "it connects at once", tests: ["a call that waits for the connection can be cancelled"] },
    {
      reason: "nothing is copied, so that size does not matter",
      tests: [
        "a request above the limit fails with MESSAGE_TOO_LARGE, the link still works",
        "a request above the listener's own limit is refused",
        "a response above the limit fails with MESSAGE_TOO_LARGE, the link still works",
      ],
    },
  ],
});
