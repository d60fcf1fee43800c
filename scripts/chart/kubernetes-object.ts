/** What every object has, and what one of its kind may. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the schemas have checked it, a test looks at what it wants to see
  readonly spec?: any;
}
