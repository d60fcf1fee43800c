import type { Subject } from "./subject.ts";

/** The `subject` that a module exports. Only the module's address is known here, because peers are not type checked. */
export async function loadSubject(url: string): Promise<Subject> {
  const module: { readonly subject?: Subject } = await import(url);
  if (module.subject === undefined) throw new Error(`${url} exports no "subject": export a Subject under that name`);
  return module.subject;
}
