/** `role.1` of `demo.world1.role.1`. */
export function shortId(app: string): string {
  return app.split(".").slice(2).join(".");
}
