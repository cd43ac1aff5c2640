import { RefusedError } from './refused-error.ts';

/** A server outside the cluster, as the cluster's kube-apiserver reaches it. */
export interface ExternalAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port`. */
export function parseAddress(text: string): ExternalAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) {
    throw new RefusedError(`--external-address must be HOST:PORT, got "${text}"`);
  }
  return { host, port };
}
