import { describe, expect, it } from 'vitest';

import type { ConnectionFailure } from '../connection/types.ts';
import { ConnectionError } from '../connection/types.ts';
import { failureReason, isExpired, parseHttpFailure, plainText, toFailure } from './failure.ts';

function parse(code: number, body: unknown, headers: Record<string, string> = {}) {
  return parseHttpFailure(code, headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

describe('a failure', () => {
  it('of an HTTP answer tells what its Status says', () => {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'x' }];
    const body = {
      kind: 'Status',
      code: 504,
      reason: 'Timeout',
      message: 'too large',
      details: { causes, retryAfterSeconds: 1 },
    };
    expect(parse(504, body)).toEqual({
      type: 'http',
      code: 504,
      reason: 'Timeout',
      message: 'too large',
      retryAfterSeconds: 1,
      revisionTooLarge: true,
    });
  });

  it('of a proxy has only its code, and no text of a stranger in it', () => {
    expect(parse(502, '<html>secret</html>')).toMatchObject({
      code: 502,
      reason: undefined,
      message: 'HTTP status 502',
    });
  });

  it('is believed by its HTTP code, not by a body that says otherwise', () => {
    expect(parse(403, { kind: 'Status', code: 410, reason: 'Forbidden' }).code).toBe(403);
  });

  it.each([
    ['7', 7],
    ['999999', 300],
    ['soon', undefined],
    ['-1', undefined],
  ])('reads Retry-After %s as %s seconds', (text, seconds) => {
    expect(parse(429, '', { 'retry-after': text }).retryAfterSeconds).toBe(seconds);
  });

  it.each([
    [410, undefined, true],
    [500, 'Expired', true],
    [500, 'Gone', true],
    [404, 'NotFound', false],
  ])('with code %i and reason %s: expired is %s', (code, reason, wanted) => {
    expect(isExpired(parse(code, { kind: 'Status', reason }))).toBe(wanted);
  });

  it.each<[ConnectionFailure, string]>([
    ['Unreachable', 'Unreachable'],
    ['Timeout', 'Unreachable'],
    ['Broken', 'Unreachable'],
    ['CertificateInvalid', 'CertificateInvalid'],
    ['CertificateExpired', 'CertificateExpired'],
    ['CredentialsUnavailable', 'CredentialsUnavailable'],
    ['RegistrationInvalid', 'RegistrationInvalid'],
    ['BodyTooLarge', 'TooLarge'],
  ])('of a connection, %s, is told as %s', (failure, reason) => {
    const error = new ConnectionError(failure, 'x', { sent: false });
    expect(failureReason(toFailure(error), 'services')).toBe(reason);
  });

  it.each([
    ['https://10.0.0.1:6443: the connection was refused (ECONNREFUSED)', 'the connection was refused (ECONNREFUSED)'],
    ['https://[fd00::1]:6443: no answer within 5000 ms', 'no answer within 5000 ms'],
    ['proxy http://proxy.example:3128: it refused (407)', 'proxy: it refused (407)'],
    ['the connection was closed', 'the connection was closed'],
  ])('of a connection, %j, is told without the address', (message, told) => {
    expect(toFailure(new ConnectionError('Unreachable', message, { sent: false }))).toMatchObject({ message: told });
  });

  it('that is a bug is thrown on', () => {
    expect(() => toFailure(new TypeError('bug'))).toThrow('bug');
  });

  it('is told in one line of printable ASCII', () => {
    expect(plainText('a\r\nb\u001b[31mc\u00e9', '')).toBe('a??b?[31mc?');
    expect(plainText('x'.repeat(400), '')).toHaveLength(300);
    expect(plainText('', 'nothing')).toBe('nothing');
  });
});
