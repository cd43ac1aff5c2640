import { MULTICLUSTER_GROUP } from '../../../src/kube/domain.ts';
import type { DifferenceName } from './kubectl-differences.ts';

/**
 * One kubectl command. `{api}` stands for the name of the object `api` at the place where it runs (`east.api` on the
 * hub), `{ns}` for the namespace of the case.
 */
export interface Step {
  readonly args: readonly string[];
  readonly input?: string;
  /** A sed program that edits the file which `kubectl edit` opens. */
  readonly editor?: string;
  /** Where the answers differ on purpose: what each place says. */
  readonly differs?: Differing;
}

export interface Differing {
  readonly why: DifferenceName;
  /** Patterns of everything printed, by place. */
  readonly member: RegExp;
  readonly hub: RegExp;
}

export interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
}

const VERSION = `${MULTICLUSTER_GROUP}/v1beta1`;
const COLLECTION = `/apis/${VERSION}/namespaces/{ns}/serviceexports`;

type More = Omit<Step, 'args'> & { readonly args?: readonly string[] };

function run(line: string, { args = [], ...more }: More = {}): Step {
  return { args: [...line.split(' '), ...args], ...more };
}

interface Manifest {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

function manifest(name: string, { metadata = {}, ...more }: Manifest = {}): object {
  return { apiVersion: VERSION, kind: 'ServiceExport', metadata: { name, ...metadata }, spec: {}, ...more };
}

/** A command that reads manifests. */
function feed(line: string, ...manifests: readonly object[]): Step {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  return run(`${line} -f -`, { input: JSON.stringify(manifests.length === 1 ? manifests[0] : list) });
}

function patch(type: string, body: unknown, more = ''): Step {
  return run(`patch svcex {api} --type=${type}${more} -p`, { args: [JSON.stringify(body)] });
}

/** A JSON patch that cannot be applied. */
function failing(operations: readonly object[]): Step {
  const differs: Differing = {
    why: 'patchFailures',
    member: /The request is invalid: the server rejected our request due to an error in our request/,
    hub: /The request is invalid: patch: operation 0: /,
  };
  return { ...patch('json', operations), differs };
}

/** A body sent as it is, as kubectl itself would not make it. */
function raw(verb: string, path: string, input: string): Step {
  return run(`${verb} --raw ${path} -f -`, { input });
}

const api = manifest('{api}');
const labelled = (value: string): object => manifest('{api}', { metadata: { labels: { tier: value } } });
const exporting = (value: string): object => manifest('{api}', { spec: { exportedLabels: { tier: value } } });
const create = feed('create', api);
const show = run('get svcex {api} -o json --show-managed-fields');
const remove = run('delete svcex {api}');
const SSA = 'apply --server-side';

const CREATES: readonly Case[] = [
  { title: 'create', steps: [create, show, create] },
  {
    title: 'create several',
    steps: [feed('create', api, manifest('{web}'), api), run('get svcex -o name'), run('delete svcex {api} {web}')],
  },
  {
    title: 'create --dry-run=server',
    steps: [feed('create --dry-run=server -o name', api), run('get svcex -o name'), run('get svcex {api}')],
  },
  {
    title: 'create with generateName',
    steps: [feed('create', manifest('', { metadata: { name: undefined, generateName: '{gen}-' } }))],
  },
  { title: 'create without a name', steps: [feed('create', manifest('', { metadata: { name: undefined } }))] },
  {
    title: 'create in a namespace that is not there',
    steps: [feed('create', manifest('{api}', { metadata: { namespace: 'absent' } })), feed('create -n absent', api)],
  },
  {
    title: 'create with a bad name, label, finalizer',
    steps: [
      {
        ...feed('create', manifest('{api}_')),
        differs: {
          why: 'serviceNames',
          member: /metadata\.name: Invalid value: "api_": a lowercase RFC 1123 subdomain/,
          hub: /metadata\.name: Invalid value: "api_": no Service can have this name/,
        },
      },
      feed('create', manifest('{api}', { metadata: { labels: { 'a b': 'c' } } })),
      feed('create', manifest('{api}', { metadata: { annotations: { 'a b': 'c' } } })),
      feed('create', manifest('{api}', { metadata: { finalizers: ['a b'] } })),
    ],
  },
  {
    title: 'create of another type and of another shape',
    steps: [
      feed('create', { ...api, apiVersion: `${MULTICLUSTER_GROUP}/v1` }),
      feed('create --validate=false', manifest('{api}', { spec: { exportedLabels: { a: 1 } } })),
      feed('create --validate=false', { ...manifest('{api}'), spec: 'text' }),
      raw('create', COLLECTION, '{"kind":"ServiceExport"'),
      raw('create', COLLECTION, '{"metadata":{}}'),
      raw('create', COLLECTION, `{"metadata":{"namespace":"${'x'.repeat(100)}"}}`),
      raw('create', COLLECTION, `{"apiVersion":"v1","kind":"ServiceExport","metadata":{"name":"{api}"}}`),
      raw('create', COLLECTION, `{"apiVersion":"${VERSION}","kind":"Other","metadata":{"name":"{api}"}}`),
    ],
  },
];

const unknownField = manifest('{api}', { spec: { exportedLabels: { a: 'b' }, nope: 1 } });
const duplicate = `{"apiVersion":"${VERSION}","kind":"ServiceExport","metadata":{"name":"{api}"},"spec":{"exportedLabels":{"a":"b"},"exportedLabels":{"a":"c"},"nope":1}}`;

const VALIDATION: readonly Case[] = [
  { title: 'an unknown field, strictly', steps: [feed('create', unknownField), feed('apply', unknownField)] },
  { title: 'an unknown field, with a warning', steps: [feed('create --validate=warn', unknownField), show] },
  { title: 'an unknown field, ignored', steps: [feed('create --validate=ignore', unknownField), show] },
  {
    title: 'an unknown field in replace, patch and apply',
    steps: [
      create,
      feed('replace', unknownField),
      feed('replace --validate=warn', unknownField),
      {
        ...feed(SSA, unknownField),
        differs: {
          why: 'typedFailures',
          member: /Error from server: failed to create typed patch object/,
          hub: /Error from server \(BadRequest\): .*failed to create typed patch object .*field not declared in schema/,
        },
      },
      patch('merge', { spec: { nope: 1 } }),
      {
        ...raw('replace', `${COLLECTION}/{api}?fieldValidation=Strict`, JSON.stringify(unknownField)),
        differs: {
          why: 'severalMistakes',
          member: /strict decoding error: unknown field "spec\.nope"/,
          hub: /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/,
        },
      },
    ],
  },
  {
    title: 'a duplicate field, strictly',
    steps: [raw('create', `${COLLECTION}?fieldValidation=Strict`, duplicate)],
  },
  {
    title: 'a duplicate field, with a warning',
    steps: [raw('create', `${COLLECTION}?fieldValidation=Warn`, duplicate), show],
  },
  {
    title: 'a duplicate field, ignored',
    steps: [raw('create', `${COLLECTION}?fieldValidation=Ignore`, duplicate), show],
  },
  {
    title: 'a validation of another name',
    steps: [raw('create', `${COLLECTION}?fieldValidation=Loud`, JSON.stringify(api))],
  },
];

const APPLIES: readonly Case[] = [
  {
    title: 'apply',
    steps: [
      feed('apply', labelled('gold')),
      feed('apply', labelled('gold')),
      feed('apply', labelled('silver')),
      feed('apply', api),
      show,
    ],
  },
  { title: 'apply over what create made', steps: [create, feed('apply', labelled('gold')), show] },
  {
    title: 'apply of added and removed fields',
    steps: [
      feed('apply', exporting('gold')),
      feed('apply', manifest('{api}', { spec: { exportedAnnotations: { a: 'b' } } })),
      feed('apply', api),
      show,
    ],
  },
  { title: 'apply --dry-run=server', steps: [feed('apply --dry-run=server', api), run('get svcex -o name')] },
  {
    title: 'apply --dry-run=server of a change',
    steps: [feed('apply', labelled('gold')), feed('apply --dry-run=server', labelled('silver')), show],
  },
  {
    title: 'apply view-last-applied and set-last-applied',
    steps: [
      feed('apply', labelled('gold')),
      run('apply view-last-applied svcex {api} -o json'),
      feed('apply set-last-applied', labelled('silver')),
      show,
    ],
  },
  {
    title: 'apply --prune',
    steps: [
      feed('apply', labelled('gold'), manifest('{web}', { metadata: { labels: { tier: 'gold' } } })),
      feed(`apply --prune -l tier=gold --prune-allowlist=${VERSION}/ServiceExport`, labelled('gold')),
      run('get svcex -o name'),
    ],
  },
];

const SERVER_SIDE: readonly Case[] = [
  {
    title: 'apply --server-side',
    steps: [feed(SSA, exporting('gold')), show, feed(SSA, exporting('silver')), show, feed(SSA, api), show],
  },
  { title: 'apply --server-side --dry-run=server', steps: [feed(`${SSA} --dry-run=server`, api), run('get svcex')] },
  {
    title: 'apply --server-side in conflict',
    steps: [
      feed(`${SSA} --field-manager=one`, exporting('gold')),
      feed(`${SSA} --field-manager=two`, exporting('gold')),
      feed(`${SSA} --field-manager=two`, exporting('silver')),
      feed(`${SSA} --field-manager=two --force-conflicts`, exporting('silver')),
      show,
      feed(`${SSA} --field-manager=one`, api),
      show,
    ],
  },
  {
    title: 'apply --server-side after the client side',
    steps: [feed('apply', exporting('gold')), feed(SSA, exporting('silver')), show],
  },
  {
    title: 'apply --server-side in conflict with an update',
    steps: [
      create,
      patch('merge', { spec: { exportedLabels: { tier: 'gold' } } }, ' --field-manager=someone'),
      feed(SSA, exporting('silver')),
    ],
  },
  {
    title: 'apply --server-side with what does not belong there',
    steps: [
      feed(SSA, manifest('{api}', { metadata: { managedFields: [{ manager: 'x' }] } })),
      feed(SSA, manifest('{api}', { metadata: { resourceVersion: '1' } })),
      feed(SSA, manifest('{api}', { metadata: { uid: '00000000-0000-4000-8000-000000000000' } })),
      feed(`${SSA} --field-manager=`, api),
    ],
  },
];

const CHANGES: readonly Case[] = [
  {
    title: 'edit',
    steps: [
      feed('create', labelled('gold')),
      run('edit svcex {api}', { editor: 's/tier: gold/tier: silver/' }),
      show,
      run('edit svcex {api}', { editor: 's/nothing/something/' }),
      run('edit svcex {api} -o json', { editor: 's/"tier": "silver"/"tier": "bronze"/' }),
      show,
    ],
  },
  { title: 'edit what is not there', steps: [run('edit svcex {api}', { editor: 's/a/b/' })] },
  {
    title: 'patch --type=merge',
    steps: [
      create,
      patch('merge', { metadata: { labels: { a: 'b' } }, spec: { exportedLabels: { tier: 'gold' } } }),
      show,
      patch('merge', { metadata: { labels: null }, spec: { exportedLabels: { tier: null, other: 'x' } } }),
      show,
      patch('merge', { spec: { exportedLabels: null } }),
      patch('merge', {}),
      show,
    ],
  },
  {
    title: 'patch --type=json',
    steps: [
      feed('create', labelled('gold')),
      patch('json', [{ op: 'replace', path: '/metadata/labels/tier', value: 'silver' }]),
      patch('json', [{ op: 'add', path: '/spec/exportedLabels', value: { a: 'b' } }]),
      failing([{ op: 'test', path: '/metadata/labels/tier', value: 'gold' }]),
      failing([{ op: 'remove', path: '/spec/absent' }]),
      patch('json', [{ op: 'move', from: '/spec/exportedLabels', path: '/spec/exportedAnnotations' }]),
      failing([{ op: 'turn', path: '/spec' }]),
      patch('json', { op: 'remove', path: '/spec' }),
      show,
    ],
  },
  {
    title: 'patch --type=strategic, the default',
    steps: [create, patch('strategic', { spec: {} }), run('patch svcex {api} -p', { args: ['{"spec":{}}'] })],
  },
  {
    title: 'patch of what cannot be changed',
    steps: [
      create,
      patch('merge', { metadata: { name: '{web}' } }),
      patch('merge', { metadata: { namespace: 'other' } }),
      patch('merge', { metadata: { uid: '00000000-0000-4000-8000-000000000000' } }),
      patch('merge', { metadata: { resourceVersion: '1' } }),
      patch('merge', { kind: 'Other' }),
      patch('merge', { spec: 'text' }),
      patch('merge', { metadata: { labels: { 'a b': 'c' } } }),
      patch('merge', { metadata: { creationTimestamp: '2000-01-01T00:00:00Z', generation: 77 } }),
      show,
    ],
  },
  {
    title: 'patch --dry-run=server',
    steps: [create, patch('merge', { metadata: { labels: { a: 'b' } } }, ' --dry-run=server'), show],
  },
  { title: 'patch of what is not there', steps: [patch('merge', {}), patch('json', [])] },
  {
    title: 'replace',
    steps: [
      create,
      feed('replace', labelled('gold')),
      show,
      feed('replace --dry-run=server', labelled('silver')),
      feed('replace', manifest('{api}', { metadata: { resourceVersion: '1' } })),
      feed('replace', manifest('{web}')),
      show,
    ],
  },
  {
    title: 'replace --force',
    steps: [create, feed('replace --force', labelled('gold')), show, feed('replace --force', manifest('{web}'))],
  },
  {
    title: 'replace without a resourceVersion',
    steps: [
      create,
      raw('replace', `${COLLECTION}/{api}`, JSON.stringify(api)),
      raw('replace', `${COLLECTION}/{api}`, JSON.stringify(manifest('{api}', { metadata: { resourceVersion: '0' } }))),
      raw('replace', `${COLLECTION}/{web}`, JSON.stringify(manifest('{api}'))),
    ],
  },
  {
    title: 'label and annotate',
    steps: [
      create,
      run('label svcex {api} tier=gold'),
      run('label svcex {api} tier=silver'),
      run('label svcex {api} tier=silver --overwrite'),
      run('label svcex {api} tier-'),
      run('label svcex {api} tier-'),
      run('label svcex --all all=yes'),
      run('label svcex -l all=yes more=yes --dry-run=server'),
      run('label svcex {api} a=b --resource-version=1'),
      run('annotate svcex {api} note=hello other=1'),
      run('annotate svcex {api} other-'),
      show,
    ],
  },
  {
    title: 'diff',
    steps: [
      feed('diff', api),
      create,
      feed('diff', api),
      feed('diff', labelled('gold')),
      feed('diff --server-side', labelled('gold')),
      feed('diff', exporting('gold'), manifest('{web}')),
      run('get svcex -o name'),
    ],
  },
  { title: 'scale', steps: [create, run('scale svcex {api} --replicas=2')] },
  {
    title: 'set of what it does not have',
    steps: [
      create,
      run('set image svcex/{api} a=b'),
      run('set env svcex/{api} A=b'),
      run('rollout status svcex/{api}'),
    ],
  },
];

const DELETES: readonly Case[] = [
  { title: 'delete', steps: [create, remove, remove, run('delete svcex {api} --ignore-not-found')] },
  { title: 'delete --wait=false', steps: [create, run('delete svcex {api} --wait=false'), run('get svcex -o name')] },
  { title: 'delete --dry-run=server', steps: [create, run('delete svcex {api} --dry-run=server'), show] },
  { title: 'delete -f', steps: [create, feed('delete', api)] },
  {
    title: 'delete by label',
    steps: [
      feed('create', labelled('gold'), manifest('{web}')),
      run('delete svcex -l tier=gold'),
      run('delete svcex -l tier=gold'),
      run('get svcex -o name'),
    ],
  },
  {
    title: 'delete --all',
    steps: [feed('create', api, manifest('{web}')), run('delete svcex --all'), run('get svcex')],
  },
  {
    title: 'delete --cascade',
    steps: [
      create,
      run('delete svcex {api} --cascade=background'),
      create,
      run('delete svcex {api} --cascade=orphan --wait=false'),
    ],
  },
  {
    title: 'delete --now and --grace-period',
    steps: [create, run('delete svcex {api} --now'), create, run('delete svcex {api} --force --grace-period=0')],
  },
  {
    title: 'delete with a finalizer',
    steps: [
      feed('create', manifest('{api}', { metadata: { finalizers: ['example.com/hold'] } })),
      run('delete svcex {api} --wait=false'),
      show,
      run('delete svcex {api} --wait=false'),
      run('delete svcex {api} --timeout=1s'),
      create,
      patch('merge', { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } }),
      patch('merge', { metadata: { finalizers: null } }),
      run('get svcex {api}'),
    ],
  },
];

const OTHERS: readonly Case[] = [
  {
    title: 'wait',
    steps: [
      feed('create', labelled('gold')),
      run('wait svcex/{api} --for=jsonpath={.metadata.labels.tier}=gold --timeout=10s'),
      run('wait svcex/{api} --for=delete --timeout=1s'),
      remove,
      run('wait svcex/{api} --for=delete --timeout=10s'),
    ],
  },
  {
    title: 'auth can-i',
    steps: ['create', 'update', 'patch', 'delete', 'deletecollection'].map((verb) => run(`auth can-i ${verb} svcex`)),
  },
  {
    title: 'subresources',
    steps: [
      create,
      run('get svcex {api} --subresource=status -o name'),
      run('get svcex {api} --subresource=scale'),
      {
        ...patch('merge', { status: {} }, ' --subresource=status'),
        differs: { why: 'statusWrites', member: /patched/, hub: /^exit 1\n[^]*\(MethodNotAllowed\)/ },
      },
    ],
  },
  {
    title: 'a status in the body of a write',
    steps: [
      feed('create', { ...labelled('gold'), status: { conditions: [] } }),
      patch('merge', { status: { conditions: [] }, metadata: { labels: { tier: 'silver' } } }),
      show,
    ],
  },
];

export const CASES: readonly Case[] = [
  ...CREATES,
  ...VALIDATION,
  ...APPLIES,
  ...SERVER_SIDE,
  ...CHANGES,
  ...DELETES,
  ...OTHERS,
];
