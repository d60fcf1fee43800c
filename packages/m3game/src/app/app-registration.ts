import { type CanaryRule, formatRule } from "../mesh/canary-rule.ts";
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

/** The app's entry in the registry. It has the newest rule that any instance of the service has, so that the rule outlives each of them. */
export class AppRegistration implements AsyncDisposable {
  readonly #options: AppRegistrationOptions;
  #registration: Registration | undefined;
  #rule: CanaryRule | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** Resolves once the app is in the registry. */
  static async enter(options: AppRegistrationOptions): Promise<AppRegistration> {
    const entry = new AppRegistration(options);
    entry.#rule = options.table.rule;
    entry.#registration = await options.router.register({ ...options.instance, meta: entry.#meta() });
    options.table.onChange(() => entry.#adopt());
    entry.#adopt();
    return entry;
  }

  private constructor(options: AppRegistrationOptions) {
    this.#options = options;
  }

  /** Takes a rule over if it is newer. Resolves once it is in the registry. Rejects with BAD_REQUEST for one that does not fit in there. */
  async setRule(rule: CanaryRule): Promise<void> {
    try {
      formatRule(rule);
    } catch (cause) {
      throw reasonError("BAD_REQUEST", cause instanceof Error ? cause.message : String(cause), { cause });
    }
    if (rule.revision > (this.#rule?.revision ?? -1)) {
      this.#rule = rule;
      this.#writing = this.#writing.catch(() => {}).then(() => this.#registration?.update(this.#meta()));
    }
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    await this.#writing.catch(() => {});
    await registration?.[Symbol.asyncDispose]();
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
