import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeFailure } from './failure.ts';
import { ConnectionError } from './types.ts';

const MARKER = 'mArKeR-s3cr3t';

function coded(code: string): Error {
  return Object.assign(new Error(`original ${MARKER}`), { code, rawPacket: Buffer.from(MARKER) });
}

describe('describeFailure', () => {
  it.each([
    ['CERT_HAS_EXPIRED', false, 'CertificateExpired', false],
    ['CERT_NOT_YET_VALID', false, 'CertificateInvalid', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'CertificateInvalid', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', false, 'CertificateInvalid', false],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', true, 'CredentialsUnavailable', true],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', false, 'CredentialsUnavailable', false],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', false, 'Unreachable', false],
    ['ENOTFOUND', false, 'Unreachable', false],
    ['ECONNRESET', false, 'Unreachable', false],
    ['ECONNRESET', true, 'Broken', true],
    ['HPE_INVALID_CONSTANT', true, 'Broken', true],
  ])('calls %s (sent: %s) %s', (...[code, sent, failure, isSent]) => {
    const error = describeFailure(coded(code), { server: 'https://a:6443', sent });
    expect(error).toMatchObject({ failure, sent: isSent });
    expect(error.message).toMatch(new RegExp(`^https://a:6443: .*\\(${code}\\)$`));
    expect(inspect(error, { showHidden: true })).not.toContain(MARKER);
  });

  it('looks into several attempts, and keeps what is described already', () => {
    const both = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    expect(describeFailure(both, { server: 'https://a', sent: false }).message).toContain('ECONNREFUSED');
    const known = new ConnectionError('Timeout', 'known', { sent: true });
    expect(describeFailure(known, { server: 'https://a', sent: false })).toBe(known);
  });

  it('does not show a value that is no error', () => {
    expect(describeFailure(MARKER, { server: 'https://a', sent: true }).message).toBe(
      'https://a: the connection broke (no code)',
    );
  });
});
