/** One app of the demo as a process of its own. */
export interface DemoProcess {
  /** `uid` is demo/uidapp/app.ts with demo/config/uidapp.toml. */
  readonly func: string;
  readonly id: string;
  /** Its app.ts, from the project's root. @default the demo's */
  readonly file?: string;
  /** Its config file, from the project's root. @default the demo's */
  readonly config?: string;
  /** What differs from the config file: the ports of second instances. */
  readonly env: Readonly<Record<string, string>>;
}

// In the order of their start. The ports are those of the config files.
const functions: readonly { readonly func: string; readonly ports: Readonly<Record<string, number>> }[] = [
  { func: "uid", ports: { Trans__trans_http2: 32110 } },
  { func: "club", ports: { Trans__trans_http2: 32610 } },
  { func: "clubrole", ports: { Trans__trans_http2: 32510 } },
  { func: "online", ports: { Trans__trans_http2: 32210 } },
  { func: "role", ports: { Trans__trans_http2: 32310 } },
  { func: "zone", ports: { Trans__trans_http2: 32810 } },
  { func: "fight", ports: { Trans__trans_http2: 32910 } },
  { func: "match", ports: { Trans__trans_http2: 32710 } },
  { func: "gate", ports: { Trans__trans_http2: 32410, Gate__gate_ws: 32414, Gate__gate_grpc: 32412 } },
];

/** The demo as processes: two of each unless told otherwise, so that any of them may go. */
export function demoProcesses(world: string, instances = 2): readonly DemoProcess[] {
  const numbers = Array.from({ length: instances }, (_, index) => index + 1);
  return functions.flatMap(({ func, ports }) =>
    numbers.map((instance) => ({
      func,
      id: `demo.${world}.${func}.${instance}`,
      env: Object.fromEntries(
        Object.entries(ports).map(([plugin, port]) => [
          `M3__Plugin__${plugin}__Port`,
          String(port + (instance - 1) * 10),
        ]),
      ),
    })),
  );
}
