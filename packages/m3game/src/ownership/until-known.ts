import { isM3Error } from "../meta/error.ts";

const attempts = 3;

/**
 * Asks the lease store, and asks again when the outcome is unknown: its operations are made for that. At most three
 * times, while `goOn` says so; rejects with the last failure.
 */
export async function untilKnown<T>(ask: () => Promise<T>, goOn: () => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isUnknown = isM3Error(error) && error.reason === "UNKNOWN_OUTCOME";
      if (!isUnknown || attempt === attempts || !goOn()) throw error;
    }
  }
}
