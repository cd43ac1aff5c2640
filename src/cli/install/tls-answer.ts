import { request } from 'node:https';
import type { ExternalAddress } from './external-address.ts';

/** One look at whether a server answers. */
const ANSWER_TIMEOUT_MS = 5_000;

export interface TlsQuestion extends ExternalAddress {
  /** What a kube-apiserver expects to find in the certificate. */
  readonly serverName: string;
  /** PEM; nobody else is trusted. */
  readonly ca: string;
  readonly path: string;
}

/** Why the server does not answer with 200 under a certificate of that CA; undefined: it does. */
export function answerProblem({ host, port, serverName, ca, path }: TlsQuestion): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request({ host, port, path, servername: serverName, ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `it answers ${path} with ${response.statusCode ?? 0}`);
    });
    call.setTimeout(ANSWER_TIMEOUT_MS, () => call.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)));
    call.on('error', (error) => resolve(error.message));
    call.end();
  });
}
