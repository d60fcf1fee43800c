import type { LeaseRenewer, LeaseRenewerModule } from "../plugin/lease.ts";

/** Imports a `LeaseRenewerModule` and makes its renewer. */
export async function importRenewer(module: string, data: unknown): Promise<LeaseRenewer> {
  const imported: Partial<LeaseRenewerModule> = await import(module);
  if (imported.createLeaseRenewer === undefined) throw new Error(`${module} exports no createLeaseRenewer`);
  return imported.createLeaseRenewer(data);
}
