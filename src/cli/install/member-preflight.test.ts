import { expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import { preflightMember } from './member-preflight.ts';

const unused = (): never => {
  throw new Error('not used');
};

/** A member that answers reviews of access as `allows` says. */
function member(allows: (attributes: JsonObject) => boolean): ClusterClient {
  return {
    server: 'https://east',
    get: () => Promise.resolve({ gitVersion: 'v1.36.4', versions: [{ version: 'v1beta1' }] }),
    clockSkewSeconds: () => Promise.resolve(0),
    create: (_, { spec }) => {
      const { resourceAttributes, nonResourceAttributes } = isJsonObject(spec) ? spec : {};
      const attributes = resourceAttributes ?? nonResourceAttributes;
      return Promise.resolve({ status: { allowed: isJsonObject(attributes) && allows(attributes) } });
    },
    ...{ list: unused, listNames: unused, listMetadata: unused, merge: unused },
    ...{ attempt: unused, apply: unused, remove: unused },
  };
}

async function told(allows: (attributes: JsonObject) => boolean): Promise<Record<string, string>> {
  const findings = await preflightMember(member(allows));
  return Object.fromEntries(findings.map(({ level, subject, message }) => [subject, `${level}: ${message}`]));
}

it('refuses a member that may not be read, and warns of one whose health may not be', async () => {
  expect(await told(() => true)).toMatchObject({
    rights: 'ok: everything that is read from a member is allowed',
    health: 'ok: everything that tells how its control plane is may be read',
  });
  expect(await told(({ resource, verb }) => resource !== 'services' || verb !== 'watch')).toMatchObject({
    rights: expect.stringContaining('refused: missing: watch services; ') as string,
    health: expect.stringMatching(/^ok: /) as string,
  });
  const advice = 'its health is not or not wholly known. Run install --member again';
  expect(await told(({ path }) => path !== '/readyz')).toMatchObject({
    rights: expect.stringMatching(/^ok: /) as string,
    health: `warning: missing: get /readyz; ${advice}`,
  });
  expect(await told(({ name }) => name !== 'kube-scheduler')).toMatchObject({
    health: `warning: missing: get leases.coordination.k8s.io kube-scheduler in kube-system; ${advice}`,
  });
});
