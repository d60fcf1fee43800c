import { type CanaryRule, formatRule, parseRule } from "../mesh/canary-rule.ts";
import type { ServiceTable } from "../mesh/service-table.ts";
import { reasonError } from "../meta/error.ts";
import { MetaKey } from "../meta/route-type.ts";
import type { Logger } from "../plugin/log.ts";
import type { Instance, Registration, Router } from "../plugin/router.ts";

export interface AppRegistrationOptions {
  readonly router: Router;
  readonly instance: Instance;
  /** The instances of the app's own service. */
  readonly table: ServiceTable;
  readonly log: Logger;
}

/**
 * The app's entry in the registry. It has the newest rule that any instance of the service has, where all apps see it. The rule is
 * kept beside the entries too, for the time in which there are none.
 */
export class AppRegistration implements AsyncDisposable {
  readonly #options: AppRegistrationOptions;
  #registration: Registration | undefined;
  #rule: CanaryRule | undefined;
  /** The revisions of the rules that are in the entry, and kept. */
  #entered: number | undefined;
  #kept: number | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** Resolves once the app is in the registry. */
  static async enter(options: AppRegistrationOptions): Promise<AppRegistration> {
    const entry = new AppRegistration(options);
    const kept = await entry.#readKept();
    entry.#kept = kept?.revision;
    entry.#take(kept);
    entry.#take(options.table.rule);
    entry.#entered = entry.#rule?.revision;
    entry.#registration = await options.router.register({ ...options.instance, meta: entry.#meta() });
    options.table.onChange(() => entry.#adopt());
    entry.#adopt();
    return entry;
  }

  private constructor(options: AppRegistrationOptions) {
    this.#options = options;
  }

  /**
   * Takes a rule over if it is newer. Resolves once it is in the registry, and kept there. Rejects with BAD_REQUEST for one that does
   * not fit in there, with PLUGIN_FAILED when the registry does not take it.
   */
  async setRule(rule: CanaryRule): Promise<void> {
    try {
      formatRule(rule);
    } catch (cause) {
      throw reasonError("BAD_REQUEST", cause instanceof Error ? cause.message : String(cause), { cause });
    }
    this.#take(rule);
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    await this.#writing.catch(() => {});
    await registration?.[Symbol.asyncDispose]();
  }

  #take(rule: CanaryRule | undefined): void {
    if (rule !== undefined && rule.revision > (this.#rule?.revision ?? -1)) this.#rule = rule;
  }

  /** Of two rules that come at the same time each instance writes the newer one last. */
  async #write(): Promise<void> {
    const { router, instance } = this.#options;
    const rule = this.#rule;
    if (rule === undefined || this.#registration === undefined) return;
    if (this.#entered !== rule.revision) {
      await this.#registration.update(this.#meta());
      this.#entered = rule.revision;
    }
    if (this.#kept === rule.revision) return;
    await router.keep(instance.service, formatRule(rule)).catch((cause) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw reasonError("PLUGIN_FAILED", `the rule is in force, but gone when no instance is up: ${why}`, { cause });
    });
    this.#kept = rule.revision;
  }

  async #readKept(): Promise<CanaryRule | undefined> {
    const { router, instance, log } = this.#options;
    try {
      return parseRule(await router.kept(instance.service));
    } catch (error) {
      log.warn("it is not known whether there is a canary rule: the registry can't be asked", { error });
      return undefined;
    }
  }

  #adopt(): void {
    const { table, log } = this.#options;
    if (this.#registration === undefined || table.rule === undefined) return;
    this.setRule(table.rule).catch((error) =>
      log.warn("a canary rule could not be entered in the registry", { error }),
    );
  }

  #meta(): Instance["meta"] {
    const { meta } = this.#options.instance;
    return this.#rule === undefined ? meta : { ...meta, [MetaKey.canaryRule]: formatRule(this.#rule) };
  }
}
