import { createServer } from 'node:http';
import { issueEmbeddedMemberKeys, quietEmbeddedMember } from '../../support/embedded-member.ts';
import { memberName, propertiesOf } from './content.ts';

/*
 * Members that stand in for real clusters, in a process of their own: `stand-in-server.ts FIRST COUNT PORT`. Each is an
 * embedded member with a port, an identity and ClusterProperties of its own. `GET /` on PORT says where they are and how
 * one logs in; `POST /ready/NAME` and `POST /not-ready/NAME` say what `/readyz` of one of them answers from then on.
 */
const LIFETIME_MS = 24 * 3600 * 1000;
const [first = 0, count = 0, port = 0] = process.argv.slice(2).map(Number);
const keys = await issueEmbeddedMemberKeys('stand-ins', LIFETIME_MS);
const notReady = new Set<string>();

async function startMember(name: string): Promise<{ readonly name: string; readonly url: string }> {
  const member = quietEmbeddedMember(name, keys, {
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
  response.end(JSON.stringify({ members, ca: keys.authority.cert, cert: keys.admin.cert, key: keys.admin.key }));
}).listen(port, '127.0.0.1');
