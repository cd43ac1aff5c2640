import { describe, expect, it } from 'vitest';
import { parseAccessProviders } from './access-provider.ts';

const EXEC = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/plugin' };

function parse(...providers: readonly object[]): ReturnType<typeof parseAccessProviders> {
  return parseAccessProviders(JSON.stringify({ providers }));
}

function one(command: string): object {
  return { name: 'a', execConfig: { ...EXEC, command } };
}

describe('a provider file', () => {
  it('gives its providers in order, with policies that ignore what profiles say', () => {
    const parsed = parse({ name: 'b', execConfig: EXEC }, { name: 'a', execConfig: EXEC });
    expect(parsed.ok && parsed.value.providers.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(parsed.ok && parsed.value.providers[0]).toMatchObject({
      argumentsPolicy: 'Ignore',
      variablesPolicy: 'Ignore',
      exec: { ...EXEC, interactiveMode: 'Never' },
    });
  });

  it('cannot ask for a terminal', () => {
    const parsed = parse({ name: 'a', execConfig: { ...EXEC, interactiveMode: 'Always' } });
    expect(parsed.ok && parsed.value.providers[0]?.exec['interactiveMode']).toBe('Never');
  });

  it('warns of fields that mean nothing', () => {
    const parsed = parse({ name: 'a', execConfig: { ...EXEC, config: {} }, profileSourcedCliArgsPolicy: 'Append' });
    expect(parsed.ok && parsed.value.warnings).toEqual([
      'providers[0].profileSourcedCliArgsPolicy is not a field of a provider file and is ignored',
      'providers[0].execConfig.config is not a field of a provider file and is ignored',
    ]);
  });

  it.each([
    ['no JSON', '{"providers": [s3cr3t', 'is not a JSON object'],
    ['no list', '{"providers": {}}', 'has no list "providers"'],
    ['a provider without a name', '{"providers": [{}]}', 'providers[0].name must be set'],
    ['a provider without a plugin', '{"providers": [{"name": "a"}]}', 'providers[0].execConfig must be an object'],
    [
      'a policy that does not exist',
      '{"providers": [{"name": "a", "execConfig": {}, "profileSourcedEnvVarsPolicy": "Append"}]}',
      'providers[0].profileSourcedEnvVarsPolicy must be one of AppendIfNotExists, Replace, Ignore',
    ],
    [
      'one name twice',
      JSON.stringify({ providers: [one('/bin/plugin'), one('/bin/plugin')] }),
      'providers[1].name: "a" is there twice',
    ],
    [
      'a relative path',
      JSON.stringify({ providers: [one('bin/plugin')] }),
      'providers[0].execConfig: exec.command must be an absolute path, or a name that PATH resolves',
    ],
    [
      'an exec section that cannot be used',
      '{"providers": [{"name": "a", "execConfig": {"command": "s3cr3t"}}]}',
      'providers[0].execConfig: exec.apiVersion must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1',
    ],
  ])('with %s is refused', (_what, text, problem) => {
    expect(parseAccessProviders(text)).toEqual({ ok: false, error: problem });
  });
});
