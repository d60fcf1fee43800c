import { isOlder } from "../../mesh/version-order.ts";
import type { AppId } from "../../meta/app-id.ts";
import { RanOnNewer } from "./ran-on-newer.ts";

/** Which instances count. */
export interface RingOptions {
  /** All but this one. */
  readonly without?: string;
  /** Only those that are not of an older version. */
  readonly from?: string | undefined;
}

/** What there is to know of the versions of the instances. */
export interface VersionMesh {
  /** Tells which of the instances that there are now owns an id. */
  ring(options?: RingOptions): (id: string) => string | undefined;
  /** The version of an instance; undefined: it has none, or is not there. */
  versionOf(app: string): string | undefined;
  /** True when a rule lets an actor that has run on the version go back to an older one. */
  sendsBack(version: string, id: string): boolean;
}

export interface ActorVersionsOptions {
  readonly app: AppId;
  /** That of this app; empty: it has none. */
  readonly version: string;
  /** Actors may go back whatever the rules. */
  readonly allowsOlder: boolean;
  readonly mesh: VersionMesh;
}

/** Keeps actors from versions that are older than those they have run on, unless that is allowed. */
export class ActorVersions {
  readonly #options: ActorVersionsOptions;

  constructor(options: ActorVersionsOptions) {
    this.#options = options;
  }

  /** Throws RanOnNewer when an actor that has run on `version` must not run on this app. */
  checkRuns(claim: string, id: string, version: string): void {
    const own = this.#options.version;
    if (!this.#mayGo(id, version, own)) throw new RanOnNewer(claim, version, this.#refusal(claim, version, own));
  }

  /** Throws RanOnNewer when an actor of this app must not go to another one. */
  checkGoes(claim: string, id: string, app: string): void {
    const { version, mesh } = this.#options;
    if (this.mayGo(id, app)) return;
    throw new RanOnNewer(claim, version, this.#refusal(claim, version, mesh.versionOf(app) ?? ""));
  }

  /** True when an actor of this app may go to another one. */
  mayGo(id: string, app: string): boolean {
    const { version, mesh } = this.#options;
    return this.#mayGo(id, version, mesh.versionOf(app));
  }

  /** Tells who takes an actor over when this app goes; undefined: nobody that may. Of the instances that there are now. */
  successors(): (id: string) => string | undefined {
    const { app, version, mesh } = this.#options;
    const all = mesh.ring({ without: app.app });
    const notOlder = mesh.ring({ without: app.app, from: version });
    return (id) => {
      const target = all(id);
      return target === undefined || this.mayGo(id, target) ? target : notOlder(id);
    };
  }

  /** Another instance that an actor which has run on `version` may go to; undefined: there is none. */
  ownerFrom(version: string, id: string): string | undefined {
    const { app, mesh } = this.#options;
    return mesh.ring({ without: app.app, from: version })(id);
  }

  #mayGo(id: string, from: string, to: string | undefined): boolean {
    const { allowsOlder, mesh } = this.#options;
    return allowsOlder || !isOlder(to, from) || mesh.sendsBack(from, id);
  }

  #refusal(claim: string, from: string, to: string): string {
    const { func } = this.#options.app;
    return (
      `${claim} has run on version ${from} and does not go back to ${to} by itself: start an instance of ${from}, ` +
      `or allow it with m3 canary abort ${func} ${from}`
    );
  }
}
