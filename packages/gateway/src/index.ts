/** The reverse proxy in front of an API: verifies each request's key, forwards it, and ends it when the key ends. */

export type { GatewayDefinition } from './definition.ts';
export { createGateway } from './gateway.ts';
export type {
  Gateway,
  GatewayLog,
  GatewayOptions,
  PageHandler,
  PageRequest,
  SelfServiceHandler,
  SelfServiceRequest,
} from './ports.ts';
export { GATEWAY_PROBLEMS, type GatewayProblemCode } from './problem.ts';
