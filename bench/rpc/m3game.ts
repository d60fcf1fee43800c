import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { defineApp, type Instance, type Interceptor, multi, type PluginDefinition, parseAppId, startApp } from "m3game";
import type { Address, Services, Subject } from "../harness/subject.ts";
import { echoProblem, textSource } from "./message.ts";
import { staticRouter } from "./static-router.ts";

const serverId = parseAppId("bench.world1.multi.1");
const clientId = "bench.world1.client.1";

// Here so that a call goes through the chain on both sides, as it does wherever metrics or checks are on.
const passThrough: Interceptor = (_call, next) => next();

/** The entry of the registry for the server that `m3gameSubject` serves. */
export function serverInstance({ scheme, endpoint }: Address): Instance {
  const { app, service } = serverId;
  return { app, service, host: "", port: 0, meta: { [`m3ep.${scheme}`]: String(endpoint) } };
}

export interface SubjectOptions {
  /** What stands in the transport's section. @default any free port of this machine */
  readonly section?: (services: Services) => string;
  /** What both sides have beside the transport, and its sections. @default nothing */
  readonly plugins?: readonly PluginDefinition[];
  readonly config?: (services: Services) => string;
  /** Of so many calls one goes to a method that makes spans; 0: none. @default 0 */
  readonly tracedEach?: number;
}

/** The whole path of this framework over one of its transports. */
export function m3gameSubject(trans: PluginDefinition<"trans">, options: SubjectOptions = {}): Subject {
  const { section = () => 'Host = "127.0.0.1"\nPort = 0', plugins = [], config = () => "", tracedEach = 0 } = options;
  const configOf = (services: Services) =>
    `[[Plugin.Router.router_static]]\n[[Plugin.Trans.${trans.name}]]\n${section(services)}\n${config(services)}`;
  return {
    async serve(services) {
      const echo = ({ req }: { req: string }) => ({ rsp: req });
      const server = multi(MultiSer, { hello: echo, traceHello: echo, breakHello: echo });
      const definition = defineApp({
        func: serverId.func,
        servers: [server],
        interceptors: [passThrough],
        plugins: [...plugins, trans, staticRouter([])],
      });
      const app = await startApp(definition, { id: serverId.app, config: configOf(services) });
      const [listening] = app.endpoints;
      if (listening === undefined) throw new Error(`${trans.name} listens nowhere`);
      return { scheme: listening.scheme, endpoint: listening.endpoint };
    },

    async connect({ scheme = "", endpoint = "" }, services) {
      const router = staticRouter([serverInstance({ scheme, endpoint })]);
      const definition = defineApp({
        func: "client",
        servers: [],
        interceptors: [passThrough],
        plugins: [...plugins, trans, router],
      });
      const app = await startApp(definition, { id: clientId, config: configOf(services) });
      const client = app.client(MultiSer);
      const nextText = textSource();
      let calls = 0;
      return (done) => {
        const text = nextText();
        const isTraced = tracedEach > 0 && ++calls % tracedEach === 0;
        const answer = isTraced ? client.traceHello({ req: text }) : client.hello({ req: text });
        answer.then((response) => done(echoProblem(text, response.rsp)), done);
      };
    },
  };
}
