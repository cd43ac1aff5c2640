import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './load.ts';

function problem(text: string | undefined, flags: Record<string, string> = {}): string {
  const outcome = loadConfiguration(text, flags);
  if (outcome.ok) throw new Error('expected a problem');
  return outcome.error;
}

describe('configuration', () => {
  it('has a default for every setting that has one, without file and flags', () => {
    const outcome = loadConfiguration(undefined, {});
    expect(outcome.ok && outcome.value['serving.securePort']).toBe(6443);
    expect(outcome.ok && outcome.value['hub.kubeconfig']).toBeUndefined();
  });

  it('takes values from the file, and flags win over it', () => {
    const text = 'serving:\n  securePort: 7443\nlog:\n  level: debug\n';
    const outcome = loadConfiguration(text, { 'secure-port': '8443' });
    expect(outcome.ok && outcome.value['serving.securePort']).toBe(8443);
    expect(outcome.ok && outcome.value['log.level']).toBe('debug');
  });

  it('takes other defaults, which the file and the flags win over', () => {
    const defaults = { 'serving.bindAddress': '127.0.0.1', 'log.level': 'warn', 'serving.securePort': 1 } as const;
    const outcome = loadConfiguration('log:\n  level: debug\n', { 'secure-port': '2' }, defaults);
    expect(outcome.ok && outcome.value).toMatchObject({
      'serving.bindAddress': '127.0.0.1',
      'log.level': 'debug',
      'serving.securePort': 2,
    });
  });

  it.each([
    ['an unknown field', 'serving:\n  port: 1\n', 'configuration: unknown field "serving.port"'],
    ['an unknown top-level field', 'surprise: 1\n', 'configuration: unknown field "surprise"'],
    [
      'a wrong type',
      'serving:\n  securePort: "x"\n',
      'configuration: "serving.securePort" (TCP port) must be an integer from 0 to 65535, got "x"',
    ],
    [
      'a value above its bound',
      'serving:\n  securePort: 65536\n',
      'configuration: "serving.securePort" (TCP port) must be an integer from 0 to 65535, got 65536',
    ],
    [
      'an unknown choice',
      'log:\n  level: loud\n',
      'configuration: "log.level" must be one of debug, info, warn, error, got "loud"',
    ],
    [
      'a list element of a wrong type',
      'members:\n  contexts: [1]\n',
      'configuration: "members.contexts" must be a list of texts, got 1',
    ],
    ['a text where a map belongs', 'serving: 5\n', 'configuration: "serving" must be a map of settings'],
    ['a list as the whole file', '- 1\n', 'configuration file must be a map of settings'],
  ])('refuses %s with one clear message', (_what, text, message) => {
    expect(problem(text)).toBe(message);
  });

  it('accepts the bounds themselves', () => {
    expect(loadConfiguration('serving:\n  securePort: 65535\n', {}).ok).toBe(true);
    expect(loadConfiguration('serving:\n  securePort: 0\n', {}).ok).toBe(true);
  });

  it('refuses text that is not YAML', () => {
    expect(problem('a: [1')).toMatch(/^configuration file is not YAML: /);
  });

  it('names the flag when a flag is out of bounds', () => {
    expect(problem(undefined, { 'secure-port': '70000' })).toBe(
      'flag --secure-port: "serving.securePort" (TCP port) must be an integer from 0 to 65535, got "70000"',
    );
  });

  it('takes seconds of a flag with and without their unit, as upstream writes durations', () => {
    const delayOf = (text: string): unknown => {
      const outcome = loadConfiguration(undefined, { 'shutdown-delay-duration': text });
      return outcome.ok ? outcome.value['shutdown.delaySeconds'] : outcome.error;
    };
    expect([delayOf('5'), delayOf('5s')]).toEqual([5, 5]);
    expect(delayOf('5m')).toMatch(/must be an integer from 0 to 300, got "5m"/);
    expect(delayOf('s')).toMatch(/must be an integer/);
  });

  it('tells all faults at once', () => {
    expect(problem('surprise: 1\nlog:\n  level: loud\n').split('\n')).toHaveLength(2);
  });

  it('splits list flags at commas', () => {
    const outcome = loadConfiguration(undefined, { 'members-contexts': 'a,b=east' });
    expect(outcome.ok && outcome.value['members.contexts']).toEqual(['a', 'b=east']);
  });
});
