import { describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../connection/index.ts';
import { createSecret, plainSettings } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import { fingerprintFault, memberNameFault, registrationWarnings, settingsFault } from './registration-rules.ts';

function id(text: string): ClusterId {
  const outcome = parseClusterId(text);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

describe('memberNameFault', () => {
  it.each([
    ['alpha', undefined],
    ['a'.repeat(63), undefined],
    ['a'.repeat(64), 'must be a DNS label'],
    ['Alpha', 'must be a DNS label'],
    ['alpha.b', 'must be a DNS label'],
    ['', 'must be a DNS label'],
    ['clusterset', 'is reserved'],
    ['beta', 'cluster name "beta" is taken by Secret members/beta'],
  ])('of %j is %j', (name, fault) => {
    const taken = (other: ClusterId): string | undefined => (other === 'beta' ? 'Secret members/beta' : undefined);
    if (fault === undefined) expect(memberNameFault(name, taken)).toBeUndefined();
    else expect(memberNameFault(name, taken)).toContain(fault);
  });
});

describe('fingerprintFault', () => {
  const members = [
    { name: id('alpha'), fingerprint: 'uid-1' },
    { name: id('beta'), fingerprint: undefined },
  ];

  it.each([
    ['gamma', 'uid-1', 'it is the same cluster as member "alpha" (uid of namespace kube-system uid-1)'],
    ['gamma', 'uid-2', undefined],
    ['alpha', 'uid-1', undefined],
  ])('of %s with %s is %j', (name, fingerprint, fault) => {
    expect(fingerprintFault(id(name), fingerprint, members)).toBe(fault);
  });
});

describe('registrationWarnings', () => {
  it.each([
    ['a'.repeat(52), undefined, [], 0],
    ['a'.repeat(53), undefined, [], 1],
    ['alpha', 'alpha', [], 0],
    ['alpha', 'other', [], 1],
    ['alpha', 'alpha', ['beta'], 1],
    ['a'.repeat(53), 'other', ['beta', 'gamma'], 3],
  ])('for %s with id %s shared with %j are %i', (...[name, ownId, sameId, count]) => {
    expect(
      registrationWarnings({ name: id(name), id: ownId, sameId: sameId.map(id), set: undefined, served: 'a' }),
    ).toHaveLength(count);
  });
});

it.each([
  [undefined, 'a', 0],
  ['a', 'a', 0],
  ['b', 'a', 1],
  ['b', undefined, 0],
])('a member of set %s where %s is served is warned about %i times', (set, served, count) => {
  const name = id('alpha');
  expect(registrationWarnings({ name, id: undefined, sameId: [], set, served })).toHaveLength(count);
});

describe('settingsFault', () => {
  const file = { type: 'file', path: 'x' } as const;
  const inline = { type: 'inline', value: createSecret('x') } as const;
  const exec = {
    apiVersion: 'v1',
    command: 'c',
    args: [],
    env: [],
    provideClusterInfo: false,
    clusterConfig: undefined,
    installHint: undefined,
  };
  const strict = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false } as const;
  const open = { allowExec: true, allowFiles: true, allowHttp: false, allowInsecure: true } as const;

  it.each<[Partial<ConnectionSettings>, string]>([
    [{ exec }, 'credential plugins are not allowed here'],
    [{ insecureSkipTlsVerify: true }, 'insecure-skip-tls-verify is not allowed here'],
    [{ certificateAuthority: file }, 'files are not allowed here'],
    [{ token: file }, 'files are not allowed here'],
    [{ clientCertificate: { certificate: inline, key: file } }, 'files are not allowed here'],
  ])('refuses %j only when the policy does', (change, fault) => {
    const settings = { ...plainSettings('https://a'), ...change };
    expect(settingsFault(settings, strict)).toBe(fault);
    expect(settingsFault(settings, open)).toBeUndefined();
  });

  it('refuses http always, and nothing that is inline', () => {
    expect(settingsFault(plainSettings('http://a'), open)).toBe('the server must have an https URL');
    const settings = { ...plainSettings('https://a'), token: inline, certificateAuthority: inline };
    expect(settingsFault(settings, strict)).toBeUndefined();
  });
});
