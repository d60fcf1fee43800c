// No blank and no wildcard, so that none gets into a subject.
const appId = /^[\w-]{1,64}(\.[\w-]{1,64}){3}$/;

/** Requests and answers to one app, as in the original. */
export function appSubject(app: string): string {
  return `m3app-${app}`;
}

/** What apps of this framework ask each other beside calls. */
export function controlSubject(app: string): string {
  return `m3ctl-${app}`;
}

/** What an app of this framework tells those that are linked to it. */
export function presenceSubject(app: string): string {
  return `m3here-${app}`;
}

/** Where an app is reached: the NATS server and the subject it listens on. */
export function formatEndpoint(server: string, app: string): string {
  return `nats://${server.replace(/^nats:\/\//, "")}/${appSubject(app)}`;
}

/** True for an endpoint of this framework; that of an app of the original names only the server. */
export function isOwnEndpoint(endpoint: string): boolean {
  return endpoint.includes(`/${appSubject("")}`);
}

/** True for an app id, which may be part of a subject. */
export function isAppId(text: string): boolean {
  return appId.test(text);
}
