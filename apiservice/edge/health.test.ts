import { describe, expect, test } from 'vitest';
import { createHealthEndpoint } from './health.ts';
import type { Logger } from './logger.ts';

function setUp() {
  let reason: string | undefined;
  const logs: { level: string; fields: object }[] = [];
  const log = (level: string) => (fields: object) => void logs.push({ level, fields });
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const checks = [
    { name: 'members', check: () => reason },
    { name: 'lease', check: () => undefined },
  ];
  const endpoint = createHealthEndpoint('readyz', checks, logger);
  return { endpoint, logs, logger, fail: (text: string | undefined) => (reason = text) };
}

const none = new URLSearchParams();

describe('health endpoint', () => {
  test('says ok, or every check when asked', () => {
    const { endpoint } = setUp();
    expect(endpoint.answer(none)).toEqual({ healthy: true, body: 'ok' });
    expect(endpoint.answer(new URLSearchParams('verbose'))).toEqual({
      healthy: true,
      body: '[+]ping ok\n[+]members ok\n[+]lease ok\nreadyz check passed\n',
    });
  });

  test('always says every check when one fails, and keeps the reason to itself', () => {
    const { endpoint, fail } = setUp();
    fail('10.0.0.7 is away');
    expect(endpoint.answer(none)).toEqual({
      healthy: false,
      status: 500,
      text: '[+]ping ok\n[-]members failed: reason withheld\n[+]lease ok\nreadyz check failed',
    });
  });

  test('shows a check that is only a notice, and is healthy all the same', () => {
    const { logs, logger } = setUp();
    const notice = { name: 'rules', check: () => 'broken', isNotice: true };
    const endpoint = createHealthEndpoint('readyz', [notice], logger);
    expect(endpoint.answer(none)).toEqual({ healthy: true, body: 'ok' });
    expect(endpoint.answer(new URLSearchParams('verbose'))).toEqual({
      healthy: true,
      body: '[+]ping ok\n[-]rules failed, which is not counted: reason withheld\nreadyz check passed\n',
    });
    expect(endpoint.answerCheck('rules')).toMatchObject({ healthy: false, status: 500 });
    expect(logs).toEqual([]);
  });

  test('leaves out what is excluded and warns of what it does not know', () => {
    const { endpoint, fail } = setUp();
    fail('away');
    const answer = endpoint.answer(new URLSearchParams('verbose&exclude=members&exclude=x&exclude=w'));
    expect(answer).toMatchObject({
      healthy: true,
      body: expect.stringContaining(
        '[+]members excluded: ok\n[+]lease ok\nwarn: some health checks cannot be excluded: no matches for "w","x"\n',
      ) as string,
    });
  });

  test('answers for one check, and has none of other names', () => {
    const { endpoint, fail } = setUp();
    expect(endpoint.answerCheck('members')).toEqual({ healthy: true, body: 'ok' });
    fail('away');
    expect(endpoint.answerCheck('members')).toMatchObject({ healthy: false, status: 500 });
    expect(endpoint.answerCheck('nothing')).toBeUndefined();
  });

  test('logs reasons when they change, not with every probe', () => {
    const { endpoint, logs, fail } = setUp();
    endpoint.answer(none);
    expect(logs).toEqual([]);
    fail('away');
    endpoint.answer(none);
    endpoint.answer(none);
    fail(undefined);
    endpoint.answer(none);
    endpoint.answer(none);
    expect(logs.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(logs[0]?.fields).toMatchObject({ failures: ['members: away'] });
  });

  test('a check that throws has failed', () => {
    const { logs } = setUp();
    const log = () => undefined;
    const broken = () => {
      throw new Error('bug');
    };
    const endpoint = createHealthEndpoint('livez', [{ name: 'broken', check: broken }], {
      debug: log,
      info: log,
      warn: (fields) => void logs.push({ level: 'warn', fields }),
      error: log,
    });
    expect(endpoint.answer(none)).toMatchObject({ healthy: false });
    expect(JSON.stringify(logs)).toContain('bug');
  });
});
