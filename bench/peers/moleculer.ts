import { type BrokerOptions, ServiceBroker } from "moleculer";
import type { Issue } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";

// Its defaults, which are also its fastest settings but for the log: no metrics, no tracing, JSON as serializer.
const common: BrokerOptions = { logger: false };

/** Which transporter, with its options. */
export type Transporter = NonNullable<BrokerOptions["transporter"]>;

export const serverId = "server";

export async function serveMoleculer(transporter: Transporter): Promise<ServiceBroker> {
  const broker = new ServiceBroker({ ...common, nodeID: serverId, transporter });
  broker.createService({
    name: "multi",
    actions: { hello: (context: { params: { req: string } }) => ({ rsp: context.params.req }) },
  });
  await broker.start();
  return broker;
}

export async function connectMoleculer(transporter: Transporter): Promise<Issue> {
  const broker = new ServiceBroker({ ...common, nodeID: "client", transporter });
  await broker.start();
  await broker.waitForServices("multi", 20_000, 100);
  const nextText = textSource();
  return (done) => {
    const text = nextText();
    broker
      .call<{ rsp: string }, { req: string }>("multi.hello", { req: text })
      .then((response) => done(echoProblem(text, response.rsp)), done);
  };
}
