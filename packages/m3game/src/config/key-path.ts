/** Where a value is in a config: table keys and array indexes from the root. */
export type KeyPath = readonly (string | number)[];

const bareKey = /^[A-Za-z0-9_-]+$/;

/** `Plugin.Router.router_consul[0].Port`; keys that TOML wants quoted are quoted. */
export function formatKeyPath(path: KeyPath, base = ""): string {
  let text = base;
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text && "."}${bareKey.test(part) ? part : JSON.stringify(part)}`;
  }
  return text;
}

/** True when the value at `path` is the one at `parent`, or lies within it. */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}
