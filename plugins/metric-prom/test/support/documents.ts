import { z } from "zod";

const discovery = z.array(z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) }));
const services = z.array(z.object({ Service: z.object({ ID: z.string(), Address: z.string(), Port: z.number() }) }));

/** Reads the service discovery document of an endpoint. */
export async function readDiscovery(url: string): Promise<z.output<typeof discovery>> {
  return discovery.parse(await (await fetch(`${url}/sd`)).json());
}

/** The entries of a service in Consul whose checks pass. */
export async function readService(consul: string, service: string): Promise<z.output<typeof services>> {
  return services.parse(await (await fetch(`http://${consul}/v1/health/service/${service}?passing=1`)).json());
}
