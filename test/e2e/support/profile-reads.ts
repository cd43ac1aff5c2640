import type { Kubectl } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import type { ObjectView } from './views.ts';

/** The profiles of one inventory, as the hub shows them. */
export interface ProfileReads<Profile> {
  /** In the usual version of the test unless said. */
  readonly profile: (name: string, version?: string) => Promise<Profile>;
  readonly becomes: (name: string, check: (found: Profile) => void) => Promise<Profile>;
}

/** Without a usual version that which the hub prefers. */
export function profileReads<Profile extends ObjectView>(
  hub: () => Kubectl,
  inventory: string,
  usual?: string,
): ProfileReads<Profile> {
  const profile: ProfileReads<Profile>['profile'] = (name, version = usual) => {
    const resource = version === undefined ? 'clusterprofiles' : `clusterprofiles.${version}.multicluster.x-k8s.io`;
    return hub().json<Profile>('get', resource, name, '-n', inventory);
  };
  return {
    profile,
    becomes: (name, check) =>
      eventually(`profile ${name} to be as expected`, async () => {
        const found = await profile(name);
        check(found);
        return found;
      }),
  };
}
