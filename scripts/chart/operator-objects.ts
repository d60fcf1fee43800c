import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import type { KubernetesObject } from "./kubernetes-object.ts";

const models = new Map<string, { validate(): void }>([
  ["PrometheusRule", PrometheusRule.prototype],
  ["ServiceMonitor", ServiceMonitor.prototype],
]);

/** True for objects of the Prometheus operator, of which Kubernetes itself has no schemas. */
export function isOperatorObject({ kind }: KubernetesObject): boolean {
  return models.has(kind);
}

/** What the operator's schemas find wrong with its objects, and keys that they do not know. */
export function checkOperatorObjects(objects: readonly KubernetesObject[]): readonly string[] {
  return objects.flatMap((object) => {
    const what = `${object.kind} ${object.metadata.name}`;
    // The schemas say nothing of a key that they do not know, but do not look at it either.
    const unread = new Set<string>();
    try {
      models.get(object.kind)?.validate.call(watch(object, unread));
    } catch (error) {
      return [`${what}: ${error instanceof Error ? error.message : error}`];
    }
    return [...unread].map((path) => `${what}: there is no ${path.slice(1)}`);
  });
}

/** A view of `value`, which takes out of `unread` what is read of it. */
function watch(value: object, unread: Set<string>, path = ""): object {
  const views = new Map<string | symbol, object>();
  for (const key of Object.keys(value)) unread.add(`${path}.${key}`);
  return new Proxy(value, {
    get(target, key) {
      unread.delete(`${path}.${String(key)}`);
      const found: unknown = Reflect.get(target, key);
      if (typeof found !== "object" || found === null) return found;
      const view = views.get(key) ?? watch(found, unread, `${path}.${String(key)}`);
      views.set(key, view);
      return view;
    },
  });
}
