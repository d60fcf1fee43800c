/** How a new plugin is called, in all places. */
export interface PluginNames {
  /** `broker_rabbit` */
  readonly name: string;
  /** `brokerRabbit` */
  readonly exported: string;
  /** `BrokerRabbitConfig` */
  readonly configType: string;
  /** `m3game-broker-rabbit` */
  readonly packageName: string;
}

/** A key of the plugin's section. */
export interface ConfigKey {
  readonly key: string;
  readonly says: string;
  /** The zod schema, as source. */
  readonly schema: string;
  readonly sample: string | number;
}

/** What is special in a plugin of one kind. */
export interface KindTemplate {
  /** The package passes its conformance test as it was made. */
  readonly works: boolean;
  readonly keys: readonly ConfigKey[];
  /** What its maker has to do, for the README. */
  readonly next: string;
  /** `src/connect.ts`: its `connect` makes the instance. */
  connect(names: PluginNames): string;
  /** `test/conformance.test.ts`. */
  test(names: PluginNames): string;
}

/** The key of a plugin that is a client of a server. */
export const addressKey: ConfigKey = {
  key: "Address",
  says: "Address of the server, `host:port`.",
  schema: 'z.string().min(1).default("127.0.0.1:1234")',
  sample: "127.0.0.1:1234",
};

/** The keys of a plugin that listens. */
export const listenKeys: readonly ConfigKey[] = [
  {
    key: "Host",
    says: "Address to listen on.",
    schema: 'z.string().min(1).default("127.0.0.1")',
    sample: "127.0.0.1",
  },
  {
    key: "Port",
    says: "Port to listen on; 0 takes any free one.",
    schema: "z.int().min(0).max(65535).default(0)",
    sample: 0,
  },
];

/** The names of the plugin `<kind>_<technology>`. */
export function namesOf(kind: string, technology: string): PluginNames {
  const exported = `${kind}${capital(technology)}`;
  return {
    ...{ name: `${kind}_${technology}`, exported, configType: `${capital(exported)}Config` },
    packageName: `m3game-${kind}-${technology}`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
