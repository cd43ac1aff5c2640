import { createServer } from 'node:http';
import { nodeTimer } from '../../../apiservice/index.ts';
import { issueAuthority, issueClient, issueServing } from '../../../certs/index.ts';
import { createEmbeddedMember } from '../../../src/embedded/index.ts';
import { memberName, propertiesOf } from './content.ts';

/*
 * Members that stand in for real clusters, in a process of their own: `stand-in-server.ts FIRST COUNT PORT`. Each is an
 * embedded member with a port, an identity and ClusterProperties of its own. `GET /` on PORT says where they are and how
 * one logs in; `POST /ready/NAME` and `POST /not-ready/NAME` say what `/readyz` of one of them answers from then on.
 */
const LIFETIME_MS = 24 * 3600 * 1000;
const [first = 0, count = 0, port = 0] = process.argv.slice(2).map(Number);
const silent = (): void => undefined;
const validity = { nowMs: Date.now(), lifetimeMs: LIFETIME_MS };
const authority = await issueAuthority({ commonName: 'stand-ins', validity });
const serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
const admin = await issueClient({ commonName: 'admin', organizations: ['system:masters'], authority, validity });
const notReady = new Set<string>();

async function startMember(name: string): Promise<{ readonly name: string; readonly url: string }> {
  const member = createEmbeddedMember({
    name,
    tls: { ...serving, clientCa: authority.cert },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: Date.now,
    timer: nodeTimer,
    readiness: [{ name: 'bench', check: () => (notReady.has(name) ? 'as told' : undefined) }],
  });
  member.seed(propertiesOf(name));
  return { name, url: await member.listen() };
}

const members = await Promise.all(Array.from({ length: count }, (_, index) => startMember(memberName(first + index))));
createServer((request, response) => {
  const [, what = '', name = ''] = (request.url ?? '').split('/');
  if (what === 'ready') notReady.delete(name);
  if (what === 'not-ready') notReady.add(name);
  response.end(JSON.stringify({ members, ca: authority.cert, cert: admin.cert, key: admin.key }));
}).listen(port, '127.0.0.1');
