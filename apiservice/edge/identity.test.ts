import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { TreeCertificate } from '../../test/support/certificate-tree.ts';
import { asAuthority, createTreeAuthority } from '../../test/support/certificate-tree.ts';
import type { HttpsServer } from './https-server.ts';
import { createHttpsServer } from './https-server.ts';
import type { AuthenticationTrust } from './identity-trust.ts';
import { trustProblem } from './identity-trust.ts';
import type { Authentication, ReviewToken } from './identity.ts';
import { createAuthenticate } from './identity.ts';
import { DEFAULT_LISTENER_LIMITS } from './limits.ts';

const frontProxyCa = createTreeAuthority('front-proxy-ca');
const clientCa = createTreeAuthority('client-ca');
const serving = clientCa.issue({ subject: '/CN=server', usage: 'serverAuth', names: 'DNS:localhost,IP:127.0.0.1' });
const frontProxy = frontProxyCa.issue({ subject: '/CN=front-proxy-client', usage: 'clientAuth' });

const TRUST: AuthenticationTrust = {
  requestHeaderCa: frontProxyCa.cert,
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User', 'X-Other-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraPrefixes: ['X-Remote-Extra-'],
  clientCa: clientCa.cert,
};

let trust = TRUST;
let nowMs: () => number = Date.now;
let reviewToken: ReviewToken | undefined;
let server: HttpsServer;
let port = 0;

interface Seen {
  readonly authentication: Authentication;
  /** What is left of the headers behind the authentication. */
  readonly headers: OutgoingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly sessionReused: boolean;
}

beforeAll(async () => {
  const authenticate = createAuthenticate({
    trust: () => trust,
    get reviewToken() {
      return reviewToken;
    },
    clock: () => nowMs(),
  });
  server = createHttpsServer({
    handle: (message, response) => {
      void authenticate(message).then((authentication) => {
        const { headers, rawHeaders } = message;
        const socket: { isSessionReused?: () => boolean } = message.socket as never;
        response.end(
          JSON.stringify({ authentication, headers, rawHeaders, sessionReused: socket.isSessionReused?.() }),
        );
      });
    },
    material: { ...serving, clientCas: [frontProxyCa.cert, clientCa.cert] },
    limits: DEFAULT_LISTENER_LIMITS,
    onHandshakeFailed: () => undefined,
  });
  port = await server.listen('127.0.0.1', 0);
});

afterAll(() => server.closeAll());

/** Headers as a flat list keep repeated lines apart. */
function ask(client: TreeCertificate | undefined, headers: readonly string[], agent?: Agent): Promise<Seen> {
  const own = agent ?? new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        ca: clientCa.cert,
        cert: client?.cert,
        key: client?.key,
        agent: own,
        headers: ['Host', 'localhost', ...headers],
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Seen));
      },
    );
    outgoing.on('error', reject).end();
  });
}

function userOf(seen: Seen): RequestUser {
  if (seen.authentication.type !== 'authenticated') throw new Error(seen.authentication.because);
  return seen.authentication.user;
}

const ADMIN = ['X-Remote-User', 'admin', 'X-Remote-Group', 'system:masters'];

describe('front proxy', () => {
  test('asserts user, uid, groups and extras', async () => {
    const headers = [...ADMIN, 'X-Remote-Uid', 'u1', 'X-Remote-Extra-Scopes', 'a', 'x-remote-extra-scopes', 'b'];
    expect(userOf(await ask(frontProxy, headers))).toEqual({
      name: 'admin',
      uid: 'u1',
      groups: ['system:masters', 'system:authenticated'],
      extra: { scopes: ['a', 'b'] },
    });
  });

  test('every group line is one group, commas and all; empty lines are none', async () => {
    const groups = ['X-Remote-Group', 'a,b', 'x-remote-group', 'c, d', 'X-Remote-Group', ''];
    const user = userOf(await ask(frontProxy, ['X-Remote-User', 'jane', ...groups]));
    expect(user.groups).toEqual(['a,b', 'c, d', 'system:authenticated']);
  });

  test('keys of extras are lower-cased and percent-decoded, malformed ones are kept as sent', async () => {
    const headers = [
      ...['X-Remote-User', 'jane', 'X-Remote-Extra-Authentication.Kubernetes.io%2fcredential-Id', 'X'],
      ...['X-Remote-Extra-Bad%zz', 'y'],
    ];
    expect(userOf(await ask(frontProxy, headers)).extra).toEqual({
      'authentication.kubernetes.io/credential-id': ['X'],
      'bad%zz': ['y'],
    });
  });

  test('names are UTF-8', async () => {
    const name = Buffer.from('jürgen', 'utf8').toString('latin1');
    expect(userOf(await ask(frontProxy, ['X-Remote-User', name])).name).toBe('jürgen');
  });

  test('the first user header that is not empty counts, and of each header only its first line', async () => {
    const other = await ask(frontProxy, ['X-Remote-User', '', 'X-Remote-User', 'second', 'X-Other-User', 'other']);
    expect(userOf(other).name).toBe('other');
    const first = await ask(frontProxy, ['X-Remote-User', 'first', 'X-Remote-User', 'second']);
    expect(userOf(first).name).toBe('first');
  });

  test('a user without groups is still authenticated; an asserted anonymous stays anonymous', async () => {
    expect(userOf(await ask(frontProxy, ['X-Remote-User', 'system:aggregator'])).groups).toEqual([
      'system:authenticated',
    ]);
    const anonymous = ['X-Remote-User', 'system:anonymous', 'X-Remote-Group', 'system:unauthenticated'];
    expect(userOf(await ask(frontProxy, anonymous)).groups).toEqual(['system:unauthenticated']);
  });

  test('nothing behind the authentication sees the headers or a token', async () => {
    const headers = [
      ...ADMIN,
      'X-Remote-Extra-A',
      'secret-extra',
      'X-Other-User',
      'b',
      'Authorization',
      'Bearer secret',
    ];
    for (const client of [frontProxy, undefined]) {
      reviewToken = () => Promise.resolve('unauthenticated');
      const seen = await ask(client, headers);
      const left = JSON.stringify([seen.headers, seen.rawHeaders]).toLowerCase();
      expect(left).not.toMatch(/x-remote|x-other-user|authorization|secret|admin/);
      expect(seen.headers).toHaveProperty('host');
    }
  });

  test('without a user name its certificate is an identity only if it is also one of a client', async () => {
    expect((await ask(frontProxy, ['X-Remote-Group', 'system:masters'])).authentication.type).toBe('refused');
  });
});

describe('headers are worth nothing', () => {
  test('without a certificate', async () => {
    const user = userOf(await ask(undefined, ADMIN));
    expect(user).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} });
  });

  test('behind a certificate of the client CA, even with the name of the front proxy', async () => {
    const impostor = clientCa.issue({ subject: '/CN=front-proxy-client/O=devs', usage: 'clientAuth' });
    expect(userOf(await ask(impostor, ADMIN))).toMatchObject({
      name: 'front-proxy-client',
      groups: ['devs', 'system:authenticated'],
    });
  });

  test.each([
    ['of a rogue CA', createTreeAuthority('rogue').issue({ subject: '/CN=front-proxy-client', usage: 'clientAuth' })],
    [
      'of another CA that took the name of ours',
      createTreeAuthority('front-proxy-ca').issue({ subject: '/CN=front-proxy-client', usage: 'clientAuth' }),
    ],
    ['with another common name', frontProxyCa.issue({ subject: '/CN=somebody', usage: 'clientAuth' })],
    ['that may only serve', frontProxyCa.issue({ subject: '/CN=front-proxy-client', usage: 'serverAuth' })],
    ['issued by a leaf', leafAsAuthority()],
  ])('behind a certificate %s', async (_what, certificate) => {
    // The agent sends the certificate although its issuer may not be asked for.
    expect((await ask(certificate, ADMIN)).authentication.type).toBe('refused');
  });

  test('before and after the lifetime of the certificate', async () => {
    const day = 24 * 3600 * 1000;
    for (const offset of [-day, 60 * day]) {
      nowMs = () => Date.now() + offset;
      expect((await ask(frontProxy, ADMIN)).authentication.type).toBe('refused');
    }
    nowMs = Date.now;
    expect(userOf(await ask(frontProxy, ADMIN)).name).toBe('admin');
  });
});

function leafAsAuthority(): TreeCertificate {
  const leaf = frontProxyCa.issue({ subject: '/CN=not-a-ca', usage: 'clientAuth' });
  const below = asAuthority(leaf).issue({ subject: '/CN=front-proxy-client', usage: 'clientAuth' });
  return { cert: `${below.cert}${leaf.cert}`, key: below.key };
}

describe('chains', () => {
  const intermediate = frontProxyCa.issueAuthority('intermediate');
  const below = intermediate.issue({ subject: '/CN=front-proxy-client' });

  test('a sent intermediate leads to the CA; no extended key usage restricts nothing', async () => {
    const chain = { cert: `${below.cert}${intermediate.cert}`, key: below.key };
    expect(userOf(await ask(chain, ADMIN)).name).toBe('admin');
  });

  test('without the intermediate there is no way to the CA', async () => {
    expect((await ask(below, ADMIN)).authentication.type).toBe('refused');
  });
});

describe('other identities', () => {
  test('a client certificate is its common name and organizations', async () => {
    const jane = clientCa.issue({ subject: '/O=devs/O=ops/CN=jane', usage: 'clientAuth' });
    const user = userOf(await ask(jane, []));
    expect(user.name).toBe('jane');
    expect(user.groups).toEqual(['devs', 'ops', 'system:authenticated']);
    expect(user.extra['authentication.kubernetes.io/credential-id']?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/);
  });

  test('of several common names the last counts, and no common name is nobody', async () => {
    const two = clientCa.issue({ subject: '/CN=first/CN=last', usage: 'clientAuth' });
    expect(userOf(await ask(two, [])).name).toBe('last');
    const none = clientCa.issue({ subject: '/O=system:masters', usage: 'clientAuth' });
    expect((await ask(none, [])).authentication.type).toBe('refused');
  });

  test('a token is who the review says, also beside a certificate of nobody', async () => {
    reviewToken = (token) =>
      Promise.resolve(token === 'good' ? { name: 'bot', uid: 'u', groups: ['g'], extra: {} } : 'unauthenticated');
    const rogue = createTreeAuthority('rogue').issue({ subject: '/CN=x', usage: 'clientAuth' });
    for (const client of [undefined, rogue]) {
      expect(userOf(await ask(client, ['Authorization', 'bearer good']))).toMatchObject({
        name: 'bot',
        groups: ['g', 'system:authenticated'],
      });
    }
    expect((await ask(undefined, ['Authorization', 'Bearer bad'])).authentication.type).toBe('refused');
  });

  test('a token that cannot be reviewed is refused, never anonymous', async () => {
    reviewToken = () => Promise.resolve('error');
    expect((await ask(undefined, ['Authorization', 'Bearer x'])).authentication.type).toBe('refused');
    reviewToken = undefined;
    expect((await ask(undefined, ['Authorization', 'Bearer x'])).authentication.type).toBe('refused');
  });

  test('other schemes and empty tokens are no credential', async () => {
    for (const header of ['Basic amFuZTpwdw==', 'Bearer', 'Bearer ', 'good']) {
      expect(userOf(await ask(undefined, ['Authorization', header])).name).toBe('system:anonymous');
    }
  });
});

describe('trust', () => {
  test('a new trust counts at once, on connections that are open', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(userOf(await ask(frontProxy, ADMIN, agent)).name).toBe('admin');
    trust = { ...TRUST, requestHeaderCa: createTreeAuthority('front-proxy-ca').cert };
    expect((await ask(frontProxy, ADMIN, agent)).authentication.type).toBe('refused');
    trust = TRUST;
    expect(userOf(await ask(frontProxy, ADMIN, agent)).name).toBe('admin');
    agent.destroy();
  });

  test('a resumed TLS session still has its certificate', async () => {
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    await ask(frontProxy, ADMIN, agent);
    const resumed = await ask(frontProxy, ADMIN, agent);
    expect(resumed.sessionReused).toBe(true);
    expect(userOf(resumed).name).toBe('admin');
  });

  test('no allowed names means any certificate of the CA, unless clients have the same CA', async () => {
    const somebody = frontProxyCa.issue({ subject: '/CN=somebody', usage: 'clientAuth' });
    trust = { ...TRUST, allowedNames: [] };
    expect(userOf(await ask(somebody, ADMIN)).name).toBe('admin');
    expect(trustProblem(trust)).toBeUndefined();
    trust = { ...TRUST, allowedNames: [], clientCa: `${clientCa.cert}\n${frontProxyCa.cert}` };
    expect(trustProblem(trust)).toMatch(/front-proxy CA is also/);
    expect(userOf(await ask(somebody, ADMIN)).name).toBe('somebody');
    trust = TRUST;
  });

  test('without any CA a certificate is not looked at, and a broken bundle vouches for nobody', async () => {
    trust = { ...TRUST, requestHeaderCa: undefined, clientCa: undefined };
    expect(userOf(await ask(frontProxy, ADMIN)).name).toBe('system:anonymous');
    trust = { ...TRUST, requestHeaderCa: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' };
    expect((await ask(frontProxy, ADMIN)).authentication.type).toBe('refused');
    trust = TRUST;
  });
});
