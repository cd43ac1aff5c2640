import { describe, expect, it } from 'vitest';

import { serviceExport } from '../../../test/support/clusterset-objects.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import { toRevision } from '../../kube/revision.ts';
import type { RowTarget } from '../../kube/row-write.ts';
import { isAcceptedVersion, isPinned, patchFault, preconditionFault, updateFault } from './accepted-version.ts';
import type { ShownRow } from './types.ts';

const SHOWN: ShownRow = {
  cluster: clusterId('east'),
  row: serviceExport({ name: 'east.api', uid: 'row', resourceVersion: '500' }),
  revision: toRevision(500),
  originSince: toRevision(300),
  origin: serviceExport({ uid: 'own', resourceVersion: '12' }),
};
const TARGET: RowTarget = {
  ...{ resource: 'serviceexports', group: 'g.io', kind: 'ServiceExport', version: 'v1beta1' },
  ...{ namespace: 'prod', name: 'east.api', subresource: '' },
};

describe('the version that a client read', () => {
  it.each([
    ['299', false],
    ['300', true],
    ['400', true],
    ['500', true],
    ['501', false],
    ['', false],
    ['0', false],
    ['-300', false],
    ['3e2', false],
    ['0x190', false],
    [' 400', false],
    ['99999999999999999999', false],
  ])('%j is accepted: %s', (version, accepted) => {
    expect(isAcceptedVersion(version, SHOWN)).toBe(accepted);
    const fault = updateFault({ name: 'east.api', resourceVersion: version }, SHOWN, TARGET);
    expect(fault === undefined).toBe(accepted);
    expect(preconditionFault({ resourceVersion: version }, SHOWN, TARGET) === undefined).toBe(accepted);
  });

  it.each(['', '0', undefined])('must be named by an update, so that %j is 422', (resourceVersion) => {
    const fault = updateFault(
      { name: 'east.api', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      SHOWN,
      TARGET,
    );
    expect(fault?.status).toMatchObject({ code: 422 });
    expect(fault?.status.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('that is too old is a conflict with the name of the row', () => {
    expect(updateFault({ name: 'east.api', resourceVersion: '7' }, SHOWN, TARGET)?.status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on serviceexports.g.io "east.api": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('pins a patch only when the patch changed it', () => {
    expect(isPinned({ name: 'x', resourceVersion: '500' }, SHOWN)).toBe(false);
    expect(isPinned({ name: 'x' }, SHOWN)).toBe(false);
    expect(isPinned({ name: 'x', resourceVersion: '' }, SHOWN)).toBe(false);
    expect(isPinned({ name: 'x', resourceVersion: '400' }, SHOWN)).toBe(true);
    expect(patchFault({ name: 'x', resourceVersion: '400' }, SHOWN, TARGET)).toBeUndefined();
    expect(patchFault({ name: 'x', resourceVersion: '200' }, SHOWN, TARGET)?.status.code).toBe(409);
  });
});

describe('the uid that a client read', () => {
  it('is a precondition of an update, and immutable in a patch', () => {
    expect(updateFault({ name: 'x', uid: 'row', resourceVersion: '500' }, SHOWN, TARGET)).toBeUndefined();
    expect(updateFault({ name: 'x', uid: '', resourceVersion: '500' }, SHOWN, TARGET)).toBeUndefined();
    expect(updateFault({ name: 'x', uid: 'own', resourceVersion: '500' }, SHOWN, TARGET)?.status).toMatchObject({
      code: 409,
    });
    expect(updateFault({ name: 'x', uid: 'own', resourceVersion: '500' }, SHOWN, TARGET)?.status.message).toContain(
      'Precondition failed: UID in precondition: own, UID in object meta: row',
    );
    expect(patchFault({ name: 'x', uid: 'own' }, SHOWN, TARGET)?.status).toMatchObject({ code: 422 });
    expect(patchFault({ name: 'x', uid: 'own' }, SHOWN, TARGET)?.status.message).toContain(
      'metadata.uid: Invalid value: "own": field is immutable',
    );
    expect(patchFault({ name: 'x', uid: 'row' }, SHOWN, TARGET)).toBeUndefined();
  });

  it('is a precondition of a deletion', () => {
    expect(preconditionFault({ uid: 'row' }, SHOWN, TARGET)).toBeUndefined();
    expect(preconditionFault({ uid: 'own' }, SHOWN, TARGET)?.status.code).toBe(409);
    expect(preconditionFault({}, SHOWN, TARGET)).toBeUndefined();
    expect(preconditionFault({ resourceVersion: '1' }, SHOWN, TARGET)?.status.message).toContain(
      'the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (500)',
    );
  });
});
