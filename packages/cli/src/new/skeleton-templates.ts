import type { PluginKind } from "m3game";
import { addressKey, type ConfigKey, type KindTemplate, listenKeys, type PluginNames } from "./kind-template.ts";

/** What the README says of a kind that has no embedded plugin. */
const next = (connect: string, test: string) => `\`src/connect.ts\`: ${connect}

\`test/conformance.test.ts\`: ${test}

Until then \`npm test\` fails: each of its tests is one promise of the contract. What it promises stands with its type in \`m3game\`.`;

const fileKey = (key: string, says: string, sample: string): ConfigKey => ({
  ...{ key, says, sample },
  schema: `z.string().min(1).default(${JSON.stringify(sample)})`,
});

/** Plugins of these kinds compile; what they do is to be written. */
export const skeletonTemplates = {
  log: {
    works: false,
    keys: [fileKey("File", "Where the lines go.", "app.log")],
    next: next(
      "write each line to `File`, with its level, message and fields. Nothing is written yet.",
      "have `written` read the lines back.",
    ),
    connect: connectLog,
    test: ({ name, exported }) => `import { runLogConformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

runLogConformance({
  name: "${name}",
  create: (context) => ${exported}.create(${exported}.config.parse({}), context),
  written() {
    throw new Error("read the lines that the last log has written");
  },
});
`,
  },
  metric: {
    works: false,
    keys: [addressKey],
    next: next(
      "keep the metrics and show or send them; run the listeners of `onCollect` before. Nothing is counted yet.",
      "have `read` ask for what is shown, or received.",
    ),
    connect: connectMetric,
    test: ({ name, exported }) => `import { runMetricConformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

runMetricConformance({
  name: "${name}",
  create: (context) => ${exported}.create(${exported}.config.parse({}), context),
  read() {
    throw new Error("read the values as they are shown now");
  },
});
`,
  },
  trace: {
    works: false,
    keys: [
      addressKey,
      {
        key: "Ratio",
        says: "The share of new traces that is recorded, 0 to 1.",
        schema: "z.number().min(0).max(1).default(1)",
        sample: 1,
      },
    ],
    next: next(
      "make spans with ids of their own and deliver those that ended, off the path of the call. Nothing is recorded yet, and each span\nhas its parent's context.",
      "have `delivered` give what arrived since it was called last.",
    ),
    connect: connectTrace,
    test: ({ name, exported }) => `import { runTraceConformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

runTraceConformance({
  name: "${name}",
  create: (context, ratio) => ${exported}.create(${exported}.config.parse({ Ratio: ratio }), context),
  delivered() {
    throw new Error("give the spans that arrived since the last call");
  },
});
`,
  },
  shape: {
    works: false,
    keys: [],
    next: next(
      "read the rules of `context.options.Shape.RuleConfigFile` and apply them in `enter`.",
      "write the rules of a test, in your form, to the file that the plugin reads.",
    ),
    connect: connectShape,
    test: shapeTest,
  },
  script: {
    works: false,
    keys: [fileKey("File", "The file with the hooks, relative to the folder of the config file.", "hooks.txt")],
    next: next(
      "load `File` in a thread of its own, call its hooks there, and end one that takes too long.",
      "write the hooks of `texts` in the language of your scripts.",
    ),
    connect: connectScript,
    test: scriptTest,
  },
  gate: {
    works: false,
    keys: listenKeys,
    next: next(
      "listen, give each connection to `host.accept`, and what comes over it to the receiver that this returns.",
      "have `connect` open a connection as a client does, and give `create` the limit that it is called with.",
    ),
    connect: connectGate,
    test: ({ name, exported }) => `import { runGateConformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

runGateConformance({
  name: "${name}",
  create: (context, { port }) => ${exported}.create(${exported}.config.parse({ Port: port }), context),
  async connect(endpoint) {
    throw new Error(\`connect a client to \${endpoint}\`);
  },
});
`,
  },
} as const satisfies Partial<Record<PluginKind, KindTemplate>>;

function connectLog({ configType }: PluginNames): string {
  return `import { type Log, type PluginContext, silentLogger } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, _context: PluginContext): Promise<Log> {
  return { logger: silentLogger, level: "info", async [Symbol.asyncDispose]() {} };
}
`;
}

function connectMetric({ name, configType }: PluginNames): string {
  return `import { type Metrics, noMetrics, type PluginContext } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, context: PluginContext): Promise<Metrics> {
  context.log.warn("${name} is not written yet: it counts nothing");
  return {
    ...noMetrics,
    onCollect: () => ({ [Symbol.dispose]() {} }),
    async [Symbol.asyncDispose]() {},
  };
}
`;
}

function connectTrace({ name, configType }: PluginNames): string {
  return `import type { PluginContext, Span, SpanContext, Tracer } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, context: PluginContext): Promise<Tracer> {
  context.log.warn("${name} is not written yet: it records nothing");
  return {
    startSpan: ({ parent }) => unrecorded(parent ?? { traceparent: "", tracestate: "" }),
    async [Symbol.asyncDispose]() {},
  };
}

function unrecorded(context: SpanContext): Span {
  return { context, isRecording: false, setAttribute() {}, setError() {}, end() {} };
}
`;
}

function connectShape({ name, configType }: PluginNames): string {
  return `import { Code, M3Error, type PluginContext, type Shape } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, _context: PluginContext): Promise<Shape> {
  return {
    enter() {
      throw notWritten("enter");
    },
    async prepareReload() {
      throw notWritten("prepareReload");
    },
    async [Symbol.asyncDispose]() {},
  };
}
${notWritten(name)}`;
}

function connectScript({ name, configType }: PluginNames): string {
  return `import { Code, M3Error, type PluginContext, type Scripts } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, _context: PluginContext): Promise<Scripts> {
  return {
    has: () => false,
    async call() {
      throw notWritten("call");
    },
    async prepareReload() {
      throw notWritten("prepareReload");
    },
    async [Symbol.asyncDispose]() {},
  };
}
${notWritten(name)}`;
}

function connectGate({ name, configType }: PluginNames): string {
  return `import { Code, type Gate, M3Error, type PluginContext } from "m3game";
import type { ${configType} } from "./config.ts";

export async function connect(_config: ${configType}, _context: PluginContext): Promise<Gate> {
  return {
    // Names the protocol to those who look for the endpoint.
    scheme: "${name.slice(name.indexOf("_") + 1)}",
    async listen() {
      throw notWritten("listen");
    },
    async [Symbol.asyncDispose]() {},
  };
}
${notWritten(name)}`;
}

function notWritten(name: string): string {
  return `
function notWritten(method: string): M3Error {
  return new M3Error(Code.UNIMPLEMENTED, \`${name}: \${method} is not written yet; src/connect.ts is the place\`);
}
`;
}

function shapeTest({ name, exported }: PluginNames): string {
  return `import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPluginContext, runShapeConformance, type ShapeTestRule } from "@m3game/testing";
import { onTestFinished } from "vitest";
import { ${exported} } from "../src/index.ts";

runShapeConformance({
  name: "${name}",
  async create({ clock }, rules) {
    const folder = await mkdtemp(join(tmpdir(), "${name}-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const options = { Shape: { RuleConfigFile: "rules.json" } };
    const write = (next: readonly ShapeTestRule[] | undefined) =>
      writeFile(join(folder, "rules.json"), next === undefined ? "no rule" : JSON.stringify(next));
    await write(rules);
    const context = createPluginContext("test.world1.club.1", { clock, folder, options });
    return { shape: await ${exported}.create({}, context), write };
  },
});
`;
}

function scriptTest({ name, exported }: PluginNames): string {
  return `import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScriptConformance } from "@m3game/testing";
import { onTestFinished } from "vitest";
import { ${exported} } from "../src/index.ts";

runScriptConformance({
  name: "${name}",
  // In the language of the plugin; the docstring of each says what it has to hold.
  texts: { first: "", second: "", unreadable: "", failing: "" },
  async create(context, text) {
    const folder = await mkdtemp(join(tmpdir(), "${name}-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "hooks.txt");
    await writeFile(file, text);
    const scripts = await ${exported}.create(${exported}.config.parse({ File: file }), context);
    return { scripts, file, write: (next) => writeFile(file, next) };
  },
});
`;
}
