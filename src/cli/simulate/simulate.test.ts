import { describe, expect, it } from 'vitest';
import { ConnectionError, type KubeConnection, type KubeRequest, type KubeResponse } from '../../connection/types.ts';
import { describeFailure } from '../exit.ts';
import type { SimulateOptions } from '../program/simulate.ts';
import { QUESTIONS_AT_ONCE_MAX } from './ask.ts';
import { simulate, type SimulateDeps } from './simulate.ts';

const QUIET = { changes: [], consequences: [] };
const CONFLICT = {
  changes: [
    { field: 'export', after: 'Valid' },
    { field: 'clusters', before: 'east', after: 'east, west' },
  ],
  consequences: [
    { type: 'conflict', message: 'TypeConflict expected: type is Headless in east (oldest), ClusterSetIP here' },
    { type: 'notice', message: 'prod/api is also exported by east: same name means same service' },
  ],
};
const only = (type: string) => ({ changes: [], consequences: [{ type, message: 'x' }] });

type Answer = (request: KubeRequest) => {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: KubeResponse['headers'];
};
const created = (status: unknown) => ({ status: 201, body: { status } });
const refused = (status: number, message: string, headers = {}) => ({
  status,
  headers,
  body: { kind: 'Status', message, details: { name: 'api' } },
});

interface World {
  readonly text?: string;
  readonly answer?: Answer;
  readonly options?: Partial<SimulateOptions>;
}

const MANIFESTS = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: prod}
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata: {name: api, namespace: prod}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
`;

async function run({ text = MANIFESTS, answer = () => created(QUIET), options = {} }: World) {
  const requests: KubeRequest[] = [];
  const told = { out: '', err: [] as string[], waits: [] as number[], atOnce: 0, closed: 0 };
  let atOnce = 0;
  const connection: KubeConnection = {
    server: 'https://hub',
    request: async (request): Promise<KubeResponse> => {
      requests.push(request);
      atOnce += 1;
      told.atOnce = Math.max(told.atOnce, atOnce);
      await new Promise<void>((resolve) => void setImmediate(resolve));
      atOnce -= 1;
      const { status, body, headers = {} } = answer(request);
      return { status, headers, body: Buffer.from(JSON.stringify(body)) };
    },
    openStream: () => Promise.reject(new Error('no streams')),
    close: () => {
      told.closed += 1;
    },
  };
  const deps: SimulateDeps = {
    files: {
      readFile: () => Promise.resolve(text),
      readStdin: () => Promise.resolve(text),
      listDirectory: () => Promise.resolve(undefined),
    },
    open: () => Promise.resolve(connection),
    sleep: (ms) => {
      told.waits.push(ms);
      return Promise.resolve();
    },
    monotonic: () => requests.length * 1000,
    print: (output) => {
      told.out += output;
    },
    say: (line) => {
      told.err.push(line);
    },
  };
  const code = await simulate(deps, {
    filename: ['a.yaml'],
    recursive: false,
    cluster: 'west',
    namespace: 'default',
    kubeconfig: undefined,
    context: undefined,
    apiGroup: 'multicluster.x-k8s.io',
    delete: false,
    output: 'text',
    failOn: 'conflict',
    ...options,
  }).catch((error: unknown) => describeFailure(error));
  return { code, requests, ...told };
}

describe('simulate', () => {
  it('asks once for each name, with what the files say of it', async () => {
    const { requests, closed } = await run({});
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /apis/multicluster.x-k8s.io/v1beta1/namespaces/prod/serviceimports/api/simulation',
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      apiVersion: 'clusterset-apiserver.dev/v1alpha1',
      kind: 'ServiceImportSimulation',
      spec: {
        cluster: 'west',
        service: { object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api', namespace: 'prod' } } },
        serviceExport: {
          object: {
            apiVersion: 'multicluster.x-k8s.io/v1beta1',
            kind: 'ServiceExport',
            metadata: { name: 'api', namespace: 'prod' },
          },
        },
      },
    });
    expect(closed).toBe(1);
  });

  it('supposes that the objects are gone with --delete', async () => {
    const { requests, out } = await run({ options: { delete: true }, answer: () => created(only('removal')) });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      spec: { service: { absent: true }, serviceExport: { absent: true } },
    });
    expect(out).toContain('prod/api, removed from west');
  });

  it('prints what differs, why, and what was passed over', async () => {
    const { out } = await run({ answer: () => created(CONFLICT) });
    expect(out).toBe(
      [
        'prod/api, applied in west',
        '  FIELD      BEFORE   AFTER',
        '  export     -        Valid',
        '  clusters   east     east, west',
        '  conflict: TypeConflict expected: type is Headless in east (oldest), ClusterSetIP here',
        '  notice:   prod/api is also exported by east: same name means same service',
        '',
        '1 name: 1 conflict, 1 notice; 1 other object passed over',
        '',
      ].join('\n'),
    );
    expect((await run({})).out).toBe('1 name: 1 unchanged; 1 other object passed over\n');
  });

  it('prints nothing that would steer a terminal', async () => {
    const changes = [{ field: 'annotations', before: '-', after: 'x\u001b[31m' }];
    const { out } = await run({ answer: () => created({ changes, consequences: [] }) });
    expect(out).toContain('x [31m');
  });

  it('prints the same for programs', async () => {
    const { out, code } = await run({
      answer: () => created(CONFLICT),
      options: { output: 'json', failOn: 'removal' },
    });
    expect(JSON.parse(out)).toEqual({
      cluster: 'west',
      delete: false,
      names: [{ namespace: 'prod', name: 'api', ...CONFLICT }],
      passedOver: 1,
      failOn: 'removal',
      predicted: false,
    });
    expect(code).toBe(0);
  });

  it.each([
    { failOn: 'none', failing: [] },
    { failOn: 'removal', failing: ['removal'] },
    { failOn: 'conflict', failing: ['removal', 'invalid', 'conflict'] },
    { failOn: 'change', failing: ['removal', 'invalid', 'conflict', 'change'] },
  ] as const)('ends with 3 for $failing with --fail-on $failOn', async ({ failOn, failing }) => {
    for (const type of ['removal', 'invalid', 'conflict', 'change', 'notice'] as const) {
      const { code } = await run({ answer: () => created(only(type)), options: { failOn } });
      expect([type, code]).toEqual([type, (failing as readonly string[]).includes(type) ? 3 : 0]);
    }
  });

  it('ends with 2 and the place of the objects that the server finds invalid', async () => {
    const { code, closed } = await run({
      answer: () => refused(422, 'is invalid: spec.cluster: Invalid value: "west"'),
    });
    expect(code).toEqual({
      code: 2,
      message: 'a.yaml:5, a.yaml:1: prod/api: is invalid: spec.cluster: Invalid value: "west"',
    });
    expect(closed).toBe(1);
  });

  it('ends with 1 when it is not allowed to ask, or nobody answers', async () => {
    const forbidden = await run({ answer: () => refused(403, 'serviceimports\u001b[2J is\nforbidden') });
    expect(forbidden.code).toEqual({ code: 1, message: 'error: prod/api: 403 serviceimports [2J is forbidden' });
    const unreachable = await run({
      answer: () => {
        throw new ConnectionError('Unreachable', 'https://hub: connection refused', { sent: false });
      },
    });
    expect(unreachable.code).toEqual({ code: 1, message: 'error: https://hub: connection refused' });
  });

  it('ends with 1 and says so when the server has no simulations', async () => {
    const { code } = await run({ answer: () => ({ status: 404, body: { message: 'not found' } }) });
    expect(code).toEqual({ code: 1, message: 'error: prod/api: the server does not know simulations: 404 not found' });
  });

  it('waits as long as the server says, and not for ever', async () => {
    let asked = 0;
    const starting: Answer = () => {
      asked += 1;
      return asked < 3 ? refused(429, 'starting', { 'retry-after': '2' }) : created(QUIET);
    };
    expect(await run({ answer: starting })).toMatchObject({ code: 0, waits: [2000, 2000] });
    const never = await run({ answer: () => refused(503, 'starting', { 'retry-after': '3600' }) });
    expect(never).toMatchObject({ code: { code: 1 }, waits: [30_000, 30_000, 30_000, 30_000] });
  });

  const many = Array.from({ length: 40 }, (_, index) => MANIFESTS.replaceAll('name: api', `name: api-${index}`)).join(
    '---\n',
  );

  it('asks for many names at once, but not for all, and says how far it is when it takes long', async () => {
    const { requests, atOnce, err, out } = await run({ text: many });
    expect(requests).toHaveLength(40);
    expect(atOnce).toBe(QUESTIONS_AT_ONCE_MAX);
    expect(err[0]).toMatch(/^\d+ of 40 names asked$/);
    expect(out).toBe('40 names: 40 unchanged; 40 other objects passed over\n');
  });

  it('says nothing about progress while it is quick', async () => {
    expect((await run({})).err).toEqual([]);
  });

  it('asks nothing more after a failure', async () => {
    const { requests, code } = await run({ text: many, answer: () => refused(403, 'no') });
    expect(code).toMatchObject({ code: 1 });
    expect(requests.length).toBeLessThanOrEqual(2 * QUESTIONS_AT_ONCE_MAX);
  });

  it('ends with 2 when there is nothing to ask about', async () => {
    const { code, requests } = await run({ text: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n' });
    expect(code).toEqual({
      code: 2,
      message: 'no ServiceExport and no Service in a.yaml (1 other objects passed over)',
    });
    expect(requests).toEqual([]);
  });
});
