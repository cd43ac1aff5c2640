import { describe, expect, it } from 'vitest';

import { send, statusBody } from '../../../test/support/fake-cluster.ts';
import { parseJson } from '../../kube/json.ts';
import { memberError, missingResource } from './member-errors.ts';
import type { Naming } from './member-texts.ts';
import { memberWarnings } from './member-texts.ts';

const NAMING: Naming = {
  cluster: 'east',
  group: 'multicluster.x-k8s.io',
  kind: 'ServiceExport',
  resource: 'serviceexports',
  servedGroup: 'multicluster.clusterset-apiserver.dev',
};
const ABOUT = { name: 'api', group: NAMING.group, kind: NAMING.resource };

function errorOf(status: number, body: unknown, headers = {}) {
  const { status: told } = memberError({ status, headers, body }, NAMING);
  return told;
}

/** The same while the member is told that jane writes. */
function errorForJane(status: number, body: unknown) {
  return memberError({ status, headers: {}, body }, { ...NAMING, caller: 'jane' }).status;
}

describe('an error of a member', () => {
  it.each([
    [400, 'BadRequest'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [410, 'Expired'],
    [413, 'RequestEntityTooLarge'],
    [422, 'Invalid'],
  ])('%d passes as %s, in the names of the hub', (code, reason) => {
    const message = `serviceexports.${NAMING.group} "api" is not as it should be`;
    const told = errorOf(code, statusBody(code, reason, { message, details: ABOUT }));
    expect(told).toMatchObject({
      code,
      reason,
      message: `serviceexports.${NAMING.servedGroup} "east.api" is not as it should be`,
      details: { name: 'east.api', group: NAMING.servedGroup, kind: 'serviceexports' },
    });
    expect(told.details?.retryAfterSeconds).toBeUndefined();
  });

  it.each([
    [405, 'MethodNotAllowed'],
    [415, 'UnsupportedMediaType'],
  ])('%d is about what the member can do, and says so', (code, reason) => {
    const told = errorOf(code, statusBody(code, reason, { message: 'it is not known here', details: {} }));
    expect(told).toMatchObject({ code, reason, message: 'member cluster "east": it is not known here' });
  });

  it('tells an object that exists from a conflict', () => {
    const message = `serviceexports.${NAMING.group} "api" already exists`;
    expect(errorOf(409, statusBody(409, 'AlreadyExists', { message, details: ABOUT }))).toMatchObject({
      reason: 'AlreadyExists',
      message: `serviceexports.${NAMING.servedGroup} "east.api" already exists`,
    });
  });

  it('renames causes, of which it passes on a bounded number, each of bounded length', () => {
    const cause = {
      reason: 'FieldManagerConflict',
      message: `conflict with "m" using ${NAMING.group}/v1`,
      field: '.spec',
    };
    const causes = [cause, 7, { message: 'x'.repeat(20_000) }, ...Array<object>(200).fill(cause)];
    const details = { ...ABOUT, causes };
    const told = errorOf(409, statusBody(409, 'Conflict', { message: 'Apply failed', details })).details?.causes ?? [];
    expect(told[0]).toEqual({ ...cause, message: `conflict with "m" using ${NAMING.servedGroup}/v1` });
    expect(told[1]?.message.length).toBeLessThan(8_200);
    expect(told.length).toBeLessThanOrEqual(100);
  });

  it('is bounded in each of its texts, and steers no terminal', () => {
    const long = 'x'.repeat(10_000);
    const text = 'a\u001b[2J\u009bb\nc';
    const causes = [{ reason: long, message: text, field: long }];
    const told = errorOf(
      422,
      statusBody(422, 'Invalid', { message: text, details: { kind: text, name: long, causes } }),
    );
    expect(told.message).toBe('member cluster "east": a [2J b\nc');
    expect(told.details?.kind).toBe('a [2J b\nc');
    expect(told.details?.name).toHaveLength(8_193);
    expect(told.details?.causes).toMatchObject([{ message: 'a [2J b\nc' }]);
    const [cause] = told.details?.causes ?? [];
    expect([cause?.reason.length, cause?.field?.length]).toEqual([8_193, 8_193]);
  });

  it('is said to be in the member when it is about something else there', () => {
    const details = { name: 'prod', kind: 'namespaces' };
    const body = statusBody(404, 'NotFound', { message: 'namespaces "prod" not found', details });
    expect(errorOf(404, body)).toMatchObject({
      message: 'member cluster "east": namespaces "prod" not found',
      details: { name: 'prod', kind: 'namespaces' },
    });
  });

  it('of a proxy is told without its text', () => {
    expect(errorOf(404, undefined).message).toBe(missingResource(NAMING).status.message);
    expect(errorOf(413, undefined).message).toBe('member cluster "east" answered 413; nothing was written');
    expect(errorOf(409, '<html>10.0.0.1</html>').message).not.toContain('10.0.0.1');
  });

  it.each([
    ['its header', { headers: { 'retry-after': '7' }, details: {} }, 7],
    ['its body', { headers: {}, details: { retryAfterSeconds: 9 } }, 9],
    ['nothing', { headers: {}, details: {} }, 1],
    ['a header that is a date', { headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, details: {} }, 1],
    ['an absurd header', { headers: { 'retry-after': '99999999' }, details: {} }, 300],
    ['a broken number', { headers: {}, details: { retryAfterSeconds: 0.2 } }, 1],
    ['an infinite one', { headers: { 'retry-after': 'Infinity' }, details: {} }, 300],
    ['a negative one', { headers: { 'retry-after': '-5' }, details: {} }, 1],
  ])('429 says when to come back, by %s', (_by, { headers, details }, seconds) => {
    const told = errorOf(429, statusBody(429, 'TooManyRequests', { message: 'slow down', details }), headers);
    expect(told).toMatchObject({
      code: 429,
      message: 'member cluster "east": slow down',
      details: { retryAfterSeconds: seconds },
    });
  });

  it('401 is never passed on: it is about our account', () => {
    expect(errorOf(401, statusBody(401, 'Unauthorized', { message: 'Unauthorized' }))).toMatchObject({
      code: 503,
      message: 'member cluster "east" does not accept the credentials of this server; nothing was written',
    });
  });

  it('403 tells whose right is missing, but not when admission refuses', () => {
    const cannot = 'serviceexports is forbidden: User "hub" cannot create resource "serviceexports" in API group';
    const rights = errorOf(403, statusBody(403, 'Forbidden', { message: cannot, details: ABOUT }));
    expect(rights.message).toMatch(
      /^member cluster "east": .*cannot create.*with its own account, which lacks this right/,
    );
    const denied = errorOf(
      403,
      statusBody(403, 'Forbidden', { message: 'admission webhook "x" denied', details: ABOUT }),
    );
    expect(denied.message).toBe('member cluster "east": admission webhook "x" denied');
    expect(errorOf(403, undefined).message).toBe('member cluster "east": the answer was 403');
  });

  it('403 blames our account only for what our account lacks', () => {
    const cannot = (user: string) => {
      const message = `serviceexports is forbidden: User "${user}" cannot create resource "serviceexports"`;
      return statusBody(403, 'Forbidden', { message, details: ABOUT });
    };
    expect(errorForJane(403, cannot('jane')).message).toContain('as the caller, who needs this right in that cluster');
    expect(errorForJane(403, cannot('hub')).message).toContain('its own account');
    const message = 'users "jane" is forbidden: User "hub" cannot impersonate resource "users"';
    const impersonation = statusBody(403, 'Forbidden', { message, details: ABOUT });
    expect(errorForJane(403, impersonation).message).toContain('install --member east --with-impersonation-rights');
    expect(errorOf(403, cannot('hub')).message).toContain('install --member east --with-write-rights');
  });

  it('500 about an applied field that the schema does not have is a mistake of the caller', () => {
    const message = 'failed to create typed patch object (prod/api): .spec.nope: field not declared in schema';
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 };
    expect(errorOf(500, body)).toMatchObject({ code: 400, reason: 'BadRequest', message });
    expect(errorOf(500, { ...body, message: 'failed to write' }).code).toBe(504);
    expect(errorOf(500, { ...body, reason: 'InternalError' }).code).toBe(504);
  });

  it.each([500, 502, 503, 504])('%d may have been done, and is not to be repeated', (code) => {
    const told = errorOf(
      code,
      statusBody(code, 'InternalError', { message: 'etcd', details: { retryAfterSeconds: 1 } }),
      {
        'retry-after': '1',
      },
    );
    expect(told).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(told.message).toContain('outcome unknown');
    expect(told.details?.retryAfterSeconds).toBeUndefined();
  });

  it.each([202, 204, 206])('%d is no answer to this write, which may have been done', (code) => {
    expect(errorOf(code, undefined)).toMatchObject({ code: 504, reason: 'Timeout' });
  });

  it.each([301, 307, 418])('%d means that nothing was written', (code) => {
    expect(errorOf(code, undefined)).toMatchObject({
      code: 503,
      message: `member cluster "east" answered ${code}; nothing was written`,
    });
  });

  it('takes names of an object as they are, whatever they look like', () => {
    const message = `serviceexports.${NAMING.group} "$&" not found`;
    const told = errorOf(404, statusBody(404, 'NotFound', { message, details: { ...ABOUT, name: '$&' } }));
    expect(told.message).toBe(`serviceexports.${NAMING.servedGroup} "east.$&" not found`);
  });

  it('can be read from the bytes that a member sends', () => {
    const { body } = send(404, statusBody(404, 'NotFound', { message: 'x', details: ABOUT }));
    expect(errorOf(404, parseJson(body.toString()))).toMatchObject({ reason: 'NotFound' });
  });
});

describe('warnings of a member', () => {
  it('are told as its own, unescaped', () => {
    const warning = '299 - "say \\"no\\"", 299 kube "other"';
    expect(memberWarnings({ warning }, 'east', [])).toEqual(['east: say "no"', 'east: other']);
    // A member with webhooks of ours says the same.
    expect(memberWarnings({ warning }, 'east', ['other', 'more'])).toEqual(['east: say "no"']);
    expect(memberWarnings({}, 'east', [])).toEqual([]);
    expect(memberWarnings({ warning: '199 - "not for us"' }, 'east', [])).toEqual([]);
  });

  it('are UTF-8, which Node reads byte by byte', () => {
    const warning = Buffer.from('299 - "für später"', 'utf8').toString('latin1');
    expect(memberWarnings({ warning }, 'east', [])).toEqual(['east: für später']);
  });

  it('are bounded in number and length', () => {
    const warning = Array<string>(200)
      .fill(`299 - "${'x'.repeat(9_000)}"`)
      .join(', ');
    const told = memberWarnings({ warning }, 'east', []);
    expect(told).toHaveLength(50);
    expect(told[0]?.length).toBeLessThan(8_300);
  });
});
