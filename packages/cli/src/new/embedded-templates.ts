import type { PluginKind } from "m3game";
import { addressKey, type KindTemplate, listenKeys, type PluginNames } from "./kind-template.ts";

const next = `\`src/connect.ts\` has what is embedded in the runtime stand for the server: replace all of it by your own client. \`npm test\` passes now,
and says afterwards which promise of the contract is not kept yet.`;

/** Plugins of these kinds work from the start: the one that is embedded in the runtime stands for the server. */
export const embeddedTemplates = {
  router: {
    ...{ works: true, keys: [addressKey], next },
    connect: (names) => connectBy(names, { contract: "Router", embedded: "routerMemory" }),
    test: (names) => plainTest(names, "runRouterConformance"),
  },
  broker: {
    ...{ works: true, keys: [addressKey], next },
    connect: (names) => connectBy(names, { contract: "Broker", embedded: "brokerMemory" }),
    test: (names) => plainTest(names, "runBrokerConformance"),
  },
  db: {
    ...{ works: true, keys: [addressKey], next },
    connect: (names) => connectBy(names, { contract: "Db", embedded: "dbMemory" }),
    test: (names) => plainTest(names, "runDbConformance", "\n  supports: { readMany: true },"),
  },
  lease: {
    ...{ works: true, keys: [addressKey] },
    next: `${next} There, \`letTimePass\` waits a little and \`revoke\` ends a session as an operator of the server does.`,
    connect: (names) =>
      connectBy(names, { contract: "Lease", embedded: "leaseMemory", section: "{ LeaseKeepLiveTime: 10 }" }),
    test: leaseTest,
  },
  trans: {
    ...{ works: true, keys: listenKeys },
    next: `${next} The tests that it skips say nothing of what is embedded: remove \`skip\`, and give \`create\` the port and the limit that it is
called with.`,
    connect: connectTrans,
    test: transTest,
  },
} as const satisfies Partial<Record<PluginKind, KindTemplate>>;

interface Embedded {
  /** The interface of the kind. */
  readonly contract: string;
  /** The function of the runtime that makes the embedded plugin. */
  readonly embedded: string;
  /** Its section. @default an empty one */
  readonly section?: string;
}

function connectBy({ configType }: PluginNames, { contract, embedded, section = "{}" }: Embedded): string {
  const imports = ["createMemoryHub", "type MemoryHub", "type PluginContext", `type ${contract}`, embedded];
  return `import { ${imports.sort(byName).join(", ")} } from "m3game";
import type { ${configType} } from "./config.ts";

// Stands for the servers until there is a client: replace all of this file. The conformance test says what is missing.
const servers = new Map<string, MemoryHub>();

export function serverAt(address: string): MemoryHub {
  const server = servers.get(address) ?? createMemoryHub();
  servers.set(address, server);
  return server;
}

export async function connect({ Address }: ${configType}, context: PluginContext): Promise<${contract}> {
  return ${embedded}(serverAt(Address)).create(${section}, context);
}
`;
}

function plainTest({ name, exported }: PluginNames, suite: string, more = ""): string {
  return `import { ${suite} } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

${suite}({
  name: "${name}",${more}
  create: (context) => ${exported}.create(${exported}.config.parse({}), context),
});
`;
}

function leaseTest({ name, exported }: PluginNames): string {
  return `import { createManualClock, runLeaseConformance } from "@m3game/testing";
import { serverAt } from "../src/connect.ts";
import { ${exported} } from "../src/index.ts";

const config = ${exported}.config.parse({});
const clock = createManualClock();

runLeaseConformance({
  name: "${name}",
  shortTtlMs: 2000,
  create: (context) => ${exported}.create(config, { ...context, clock }),
  async letTimePass() {
    clock.advance(100);
    await new Promise(setImmediate);
  },
  async revoke(app) {
    serverAt(config.Address).leaseFaults.expire(app);
  },
});
`;
}

function connectTrans({ configType }: PluginNames): string {
  return `import { createMemoryHub, type PluginContext, type Trans, transMemory } from "m3game";
import type { ${configType} } from "./config.ts";

// Stands for the network until there is a transport: replace all of this file. The conformance test says what is missing.
const network = createMemoryHub();

export async function connect(_config: ${configType}, context: PluginContext): Promise<Trans> {
  return transMemory(network).create({}, context);
}
`;
}

function transTest({ name, exported }: PluginNames): string {
  return `import { runTransConformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

runTransConformance({
  name: "${name}",
  create: (context) => ${exported}.create(${exported}.config.parse({}), context),
  skip: [
    {
      reason: "what is embedded connects at once, and copies nothing",
      tests: [
        "a call that waits for the connection can be cancelled",
        "a request above the limit fails with MESSAGE_TOO_LARGE, the link still works",
        "a request above the listener's own limit is refused",
        "a response above the limit fails with MESSAGE_TOO_LARGE, the link still works",
      ],
    },
  ],
});
`;
}

/** The order in which names stand in an import, whether they are types or not. */
function byName(a: string, b: string): number {
  return a.replace("type ", "").toLowerCase() < b.replace("type ", "").toLowerCase() ? -1 : 1;
}
