import { expect, it } from 'vitest';
import { plainSettings } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { JsonValue } from '../../kube/object.ts';
import type { MemberRegistration } from '../../members/index.ts';
import type { RegistrationSource, RegistrationUpdate } from '../../members/sources/index.ts';
import type { NameClash } from './registrations.ts';
import { createRegistrations } from './registrations.ts';

function cluster(name: string): ClusterId {
  const id = parseClusterId(name);
  if (!id.ok) throw new Error(id.error);
  return id.value;
}

interface ManualSource extends RegistrationSource {
  readonly tell: (update: RegistrationUpdate) => void;
}

function manualSource(name: string): ManualSource {
  let listener: (update: RegistrationUpdate) => void = () => undefined;
  return {
    name,
    start: (given) => {
      listener = given;
    },
    stop: () => Promise.resolve(),
    tell: (update) => listener(update),
  };
}

function complete(...names: readonly string[]): Extract<RegistrationUpdate, { type: 'complete' }> {
  const settings = plainSettings('https://192.0.2.1');
  const registrations = names.map((name) => ({ name: cluster(name), source: 'test', settings, digest: 'd' }));
  return { type: 'complete', registrations, refused: [] };
}

function start(sources: readonly ManualSource[], restored: readonly string[] = []) {
  const updates: string[][] = [];
  const problems: (string | undefined)[][] = [];
  const members: MemberRegistration[] = [];
  const warnings: string[] = [];
  const registrations = createRegistrations({
    allowedPlugins: [],
    sources,
    restored: restored.map(cluster),
    update: (registered) => {
      updates.push(registered.map(({ name, digest }) => `${name} ${digest}`));
      problems.push(registered.map(({ problem }) => problem));
      members.splice(0, members.length, ...registered);
    },
    onReported: () => undefined,
    log: { info: () => undefined, warn: (_fields, message) => warnings.push(message), error: () => undefined },
  });
  registrations.start();
  return { registrations, updates, problems, warnings, members };
}

it('keeps restored members until every source has told its members once', () => {
  const [first, second] = [manualSource('a'), manualSource('b')];
  const { updates, registrations } = start([first, second], ['east', 'west']);
  expect(updates.at(-1)).toEqual(['east its registration was not read yet', 'west its registration was not read yet']);
  first.tell(complete('east'));
  expect(updates.at(-1)).toEqual(['east d', 'west its registration was not read yet']);
  expect(registrations.pending()).toBe(1);
  second.tell(complete());
  expect(updates.at(-1)).toEqual(['east d']);
  expect(registrations.pending()).toBe(0);
});

it('takes a source that fails for one that has not told its members', () => {
  const source = manualSource('a');
  const { updates, registrations } = start([source], ['east']);
  source.tell({ type: 'failed', message: 'unreadable' });
  expect(registrations.pending()).toBe(1);
  expect(updates.at(-1)).toEqual(['east its registration was not read yet']);
});

it('lets nobody leave when a source fails later', () => {
  const source = manualSource('a');
  const { updates } = start([source]);
  source.tell(complete('east'));
  source.tell({ type: 'failed', message: 'unreadable' });
  expect(updates.at(-1)).toEqual(['east d']);
});

it('gives a name to the first source that registers it and says once that another does', () => {
  const [first, second] = [manualSource('a'), manualSource('b')];
  const { updates, warnings } = start([first, second]);
  first.tell(complete('east'));
  second.tell(complete('east', 'west'));
  second.tell(complete('east', 'west', 'north'));
  expect(updates.at(-1)).toEqual(['east d', 'west d', 'north d']);
  expect(warnings).toHaveLength(1);
});

it('tells listeners of each clash of names once, also within a source, and again when it comes back', () => {
  const [first, second] = [manualSource('a'), manualSource('b')];
  const { registrations } = start([first, second]);
  const object = { apiVersion: 'v1', kind: 'Secret', namespace: 'x', name: 'y' } as const;
  const told: NameClash[] = [];
  registrations.onNameClash((clash) => told.push(clash));
  const [east] = complete('east').registrations;
  if (east === undefined) throw new Error('none');
  const clashing = { ...complete(), registrations: [{ ...east, source: 'Secret x/y', object }] };
  first.tell(complete('east'));
  second.tell(clashing);
  second.tell({ ...clashing, registrations: [...clashing.registrations, ...complete('west').registrations] });
  const across = { cluster: 'east', message: 'Secret x/y: cluster name "east" is taken by test', object };
  expect(told).toMatchObject([across]);
  const refused = [
    { name: 'east', message: 'taken', holder: 'test' },
    { name: 'north', message: 'broken' },
  ];
  first.tell({ ...complete('east'), refused });
  const within = { cluster: 'east', message: 'taken', object: undefined };
  expect(told).toMatchObject([across, within]);
  second.tell(complete());
  second.tell(clashing);
  expect(told).toMatchObject([across, within, across]);
});

it('says once that a registration is refused, and again when the reason is another or comes back', () => {
  const source = manualSource('a');
  const { warnings } = start([source]);
  const refused = [{ name: 'west', message: 'Secret x/west: broken' }];
  source.tell({ ...complete(), refused });
  source.tell({ ...complete('east'), refused });
  expect(warnings).toHaveLength(1);
  source.tell({ ...complete(), refused: [{ name: 'west', message: 'Secret x/west: has no key' }] });
  source.tell(complete());
  source.tell({ ...complete(), refused });
  expect(warnings).toHaveLength(3);
});

it('does not blame a member for another entry that wants its name', () => {
  const source = manualSource('a');
  const { problems } = start([source]);
  source.tell({ ...complete('east'), refused: [{ name: 'east', message: 'taken', holder: 'test' }] });
  expect(problems.at(-1)).toEqual([undefined]);
  source.tell({ ...complete('east'), refused: [{ name: 'east', message: 'broken' }] });
  expect(problems.at(-1)).toEqual(['broken']);
});

it('keeps a member whose registration cannot be used, as one that cannot be reached', () => {
  const source = manualSource('a');
  const { updates, registrations } = start([source], ['west']);
  const refused = [
    { name: 'west', message: 'Secret x/west: it has no key "kubeconfig"' },
    { name: 'Not A Name', message: 'Secret x/y: no cluster name' },
  ];
  source.tell({ ...complete('east'), refused });
  expect(updates.at(-1)).toEqual([
    'east d',
    'west its registration cannot be used: Secret x/west: it has no key "kubeconfig"',
  ]);
  expect(registrations.figures().refused).toEqual([
    { source: 'a', name: 'west' },
    { source: 'a', name: 'Not A Name' },
  ]);
  source.tell(complete('east'));
  expect(updates.at(-1)).toEqual(['east d']);
  expect(registrations.figures().refused).toEqual([]);
});

it('says whether a member cannot be reached because of what registers it, or because that was not read yet', async () => {
  const source = manualSource('a');
  const { members } = start([source], ['west']);
  const failure = (): Promise<unknown> | undefined =>
    members[0]?.connect().request({ method: 'GET', path: '/readyz', timeoutMs: 1 });
  await expect(failure()).rejects.toMatchObject({ failure: 'Unreachable', sent: false });
  source.tell({ ...complete(), refused: [{ name: 'west', message: 'exec', standing: 'declared' }] });
  await expect(failure()).rejects.toMatchObject({ failure: 'RegistrationInvalid', sent: false });
});

it('makes no member of an entry of others that never could be used, and counts it', () => {
  const source = manualSource('a');
  const { updates, registrations } = start([source], ['west']);
  const refused = [
    { name: 'eks', message: 'awsAuthConfig' },
    { name: 'boo', message: 'its manager "evil" is not trusted', standing: 'untrusted' as const },
  ];
  source.tell({ ...complete('east'), refused });
  expect(updates.at(-1)).toEqual(['east d']);
  expect(registrations.figures().refused.map(({ name }) => name)).toEqual(['eks', 'boo']);
});

it('takes what was declared under a name for a member before it could ever be used', () => {
  const source = manualSource('a');
  const { updates } = start([source]);
  source.tell({ ...complete('east'), refused: [{ name: 'west', message: 'exec', standing: 'declared' }] });
  expect(updates.at(-1)).toEqual(['east d', 'west its registration cannot be used: exec']);
});

it('lets no entry that is not trusted keep a member of before', () => {
  const source = manualSource('a');
  const { updates } = start([source], ['west']);
  source.tell({ ...complete(), refused: [{ name: 'west', message: 'not trusted', standing: 'untrusted' }] });
  expect(updates.at(-1)).toEqual([]);
});

it('lets a member leave although an unusable entry of another source has its name', () => {
  const [first, second] = [manualSource('a'), manualSource('b')];
  const { updates } = start([first, second], ['west']);
  second.tell({ ...complete(), refused: [{ name: 'west', message: 'awsAuthConfig' }] });
  first.tell(complete('west'));
  expect(updates.at(-1)).toEqual(['west d']);
  first.tell(complete());
  expect(updates.at(-1)).toEqual([]);
});

it('does not take back a member of before that was gone when all sources had told', () => {
  const source = manualSource('a');
  const { updates } = start([source], ['west']);
  source.tell(complete());
  source.tell({ ...complete(), refused: [{ name: 'west', message: 'awsAuthConfig' }] });
  expect(updates.at(-1)).toEqual([]);
});

it('keeps a member whose settings cannot be used, tells each fault once and leaves them out', () => {
  const source = manualSource('a');
  const { updates, registrations, warnings } = start([source]);
  const settled = (profile: JsonValue): void => {
    const update = complete('east', 'west');
    source.tell({ ...update, registrations: update.registrations.map((one) => ({ ...one, profile })) });
  };
  const profile = (): unknown => registrations.registrationOf(cluster('east'))?.profile;
  settled({ displayName: 'East', memberId: 'no label value!' });
  settled({ displayName: 'East', memberId: 'no label value!' });
  expect(updates.at(-1)).toEqual(['east d', 'west d']);
  expect(profile()).toMatchObject({
    displayName: 'East',
    memberId: undefined,
    faults: [{ reason: 'InvalidMemberID' }],
  });
  expect(warnings).toHaveLength(2);
  settled({ memberId: 'id-1' });
  expect(profile()).toMatchObject({ displayName: undefined, memberId: 'id-1', faults: [] });
  settled({ memberId: '' });
  expect(warnings).toHaveLength(4);
});

it('gives the same registration as long as nothing in it is different', () => {
  const source = manualSource('a');
  const { registrations } = start([source]);
  source.tell(complete('east'));
  const before = registrations.registrationOf(cluster('east'));
  expect(before).toBeDefined();
  expect(registrations.registrationOf(cluster('east'))).toBe(before);
  expect(registrations.registrationOf(cluster('west'))).toBeUndefined();
});

it('goes on with what an entry registered before it became unusable', () => {
  const source = manualSource('a');
  const { updates } = start([source]);
  source.tell({ ...complete('east'), refused: [{ name: 'east', message: 'broken' }] });
  expect(updates.at(-1)).toEqual(['east d']);
});

it('counts a source that fails and a name that two sources register', () => {
  const [first, second] = [manualSource('a'), manualSource('b')];
  const { registrations } = start([first, second]);
  first.tell(complete('east'));
  second.tell(complete('east', 'west'));
  second.tell({ type: 'failed', message: 'down' });
  expect(registrations.figures()).toEqual({
    sources: [
      { source: 'a', isReadable: true },
      { source: 'b', isReadable: false },
    ],
    refused: [{ source: 'b', name: 'east' }],
  });
});

it('tells the problem of a member whose newest registration cannot be used, until it can', () => {
  const source = manualSource('a');
  const problems: (string | undefined)[] = [];
  const line = (): void => undefined;
  createRegistrations({
    allowedPlugins: [],
    sources: [source],
    restored: [],
    update: (members) => problems.push(members[0]?.problem),
    onReported: line,
    log: { info: line, warn: line, error: line },
  }).start();
  const good = complete('east');
  source.tell({ ...good, refused: [{ name: 'east', message: 'not a kubeconfig' }] });
  source.tell(good);
  expect(problems.slice(-2)).toEqual(['not a kubeconfig', undefined]);
});
