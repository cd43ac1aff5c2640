import { describe, expect, test } from 'vitest';
import * as errors from './api-errors.ts';

const THINGS = { group: 'things.example.com', resource: 'things' };
const THING = { group: 'things.example.com', kind: 'Thing' };

describe('error makers', () => {
  test('not found names the plural resource and repeats it in the details', () => {
    expect(errors.notFound(THINGS, 'a').status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'things.things.example.com "a" not found',
      reason: 'NotFound',
      details: { name: 'a', group: 'things.example.com', kind: 'things' },
      code: 404,
    });
  });

  test('the core group has no suffix and no group in the details', () => {
    const { status } = errors.notFound({ group: '', resource: 'services' }, 'a');
    expect(status.message).toBe('services "a" not found');
    expect(status.details).toEqual({ name: 'a', kind: 'services' });
  });

  test('forbidden has three forms: with a name, without a name, without a resource', () => {
    expect(errors.forbidden(THINGS, 'a', 'no').message).toBe('things.things.example.com "a" is forbidden: no');
    expect(errors.forbidden(THINGS, '', 'no').message).toBe('things.things.example.com is forbidden: no');
    expect(errors.forbidden({ group: '', resource: '' }, '', 'no').message).toBe('forbidden: no');
  });

  test('method not allowed takes the words of the definition when it has some', () => {
    expect(errors.methodNotAllowed(THINGS, 'delete').message).toBe(
      'delete is not supported on resources of kind "things.things.example.com"',
    );
    expect(errors.methodNotAllowed(THINGS, 'delete', 'read only').message).toBe('read only');
  });

  test('one fault is told plainly, several are listed in brackets, equal ones once', () => {
    const size = errors.fieldInvalid('spec.size', -1, 'must be positive');
    const name = errors.fieldRequired('spec.name', '');
    expect(errors.invalid(THING, 'a', [size]).status).toMatchObject({
      message: 'Thing.things.example.com "a" is invalid: spec.size: Invalid value: -1: must be positive',
      code: 422,
      details: {
        name: 'a',
        kind: 'Thing',
        causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: -1: must be positive', field: 'spec.size' }],
      },
    });
    expect(errors.invalid(THING, 'a', [size, name, size]).message).toBe(
      'Thing.things.example.com "a" is invalid: [spec.size: Invalid value: -1: must be positive, spec.name: Required value]',
    );
  });

  test('field faults quote strings, leave numbers bare and list what is supported', () => {
    expect(errors.fieldInvalid('f', 'x"y', 'no').message).toBe('Invalid value: "x\\"y": no');
    expect(errors.fieldInvalid('f', 12345678901234567890n, 'no').message).toBe(
      'Invalid value: 12345678901234567890: no',
    );
    expect(errors.fieldNotSupported('f', 'x', ['a', 'b']).message).toBe(
      'Unsupported value: "x": supported values: "a", "b"',
    );
    expect(errors.fieldTooLong('f', 63).message).toBe('Too long: may not be more than 63 bytes');
  });

  test('a resourceVersion from the future carries the cause that client-go looks for', () => {
    const { status } = errors.tooLargeResourceVersion('9', '5', 1);
    expect(status.code).toBe(504);
    expect(status.reason).toBe('Timeout');
    expect(status.message).toBe('Timeout: Too large resource version: 9, current: 5');
    expect(status.details).toEqual({
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  });

  test('an expired version has the reason Expired, never Gone', () => {
    expect(errors.tooOldResourceVersion('1', '5').status).toMatchObject({ code: 410, reason: 'Expired' });
  });

  test('only errors that were given a delay carry one', () => {
    expect(errors.serviceUnavailable('away').status.details).toBeUndefined();
    expect(errors.serviceUnavailable('away', 2).status.details).toEqual({ retryAfterSeconds: 2 });
    expect(errors.timedOut('late').message).toBe('Timeout: late');
    expect(errors.tooManyRequests('later', 1).status).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } });
  });

  test('an internal error shows the public sentence and keeps the cause for the log', () => {
    const cause = new Error('password is hunter2');
    const error = errors.internalError('the authorizer did not answer', cause);
    expect(JSON.stringify(error.status)).not.toContain('hunter2');
    expect(error.cause).toBe(cause);
  });

  test('negotiation errors list the media types', () => {
    expect(errors.notAcceptable(['application/json', 'application/yaml']).message).toBe(
      'only the following media types are accepted: application/json, application/yaml',
    );
    expect(errors.notAcceptableConversion('meta.k8s.io/v1, Kind=Table', ['application/json']).status.code).toBe(406);
    expect(errors.unsupportedMediaType(['application/json']).status.code).toBe(415);
    expect(errors.requestEntityTooLarge(3145728).message).toBe('Request entity too large: limit is 3145728');
  });
});

test('a name or value of a client is repeated up to a bound', () => {
  const long = 'é"'.repeat(1_000_000);
  const error = errors.invalid({ group: 'example.com', kind: 'Thing' }, long, [
    errors.fieldInvalid('metadata.name', long, 'too long'),
    errors.fieldInvalid('spec', [long], 'too long'),
  ]);
  expect(error.message.length).toBeLessThan(200_000);
  expect(error.message).toContain('…": too long');
});
