import type { Services, Subject } from "../harness/subject.ts";
import { connectMoleculer, serveMoleculer, type Transporter } from "./moleculer.ts";

function nats(services: Services): Transporter {
  if (services.nats === undefined) throw new Error('no NATS server is known: run "npm run services -- up"');
  return { type: "NATS", options: { servers: [services.nats] } };
}

export const subject: Subject = {
  async serve(services) {
    await serveMoleculer(nats(services));
    return {};
  },

  connect(_address, services) {
    return connectMoleculer(nats(services));
  },
};
