import { Agent, request } from 'node:https';

export interface DirectAnswer {
  readonly status: number;
  readonly body: string;
}

export interface DirectOptions {
  /** PEM of the authority of the server's certificate. */
  readonly ca: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: { readonly cert: string; readonly key: string };
}

/** One GET to our own port on loopback, past the hub. */
export function directGet(port: number, path: string, { ca, headers, client }: DirectOptions): Promise<DirectAnswer> {
  const agent = new Agent({ ca, ...client });
  return new Promise<DirectAnswer>((resolve, reject) => {
    const call = request(`https://127.0.0.1:${port}${path}`, { agent, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.once('error', reject);
    call.end();
  }).finally(() => agent.destroy());
}
