import { brokerMemory, createMemoryHub, routerMemory } from "m3game";
import { runBrokerConformance, runRouterConformance } from "../src/index.ts";

const hub = createMemoryHub();

runRouterConformance({ name: "router_memory", create: (context) => routerMemory(hub).create({}, context) });
runBrokerConformance({ name: "broker_memory", create: (context) => brokerMemory(hub).create({}, context) });
