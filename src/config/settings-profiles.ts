import type { Setting } from './setting.ts';

export const PROFILES = [
  {
    path: 'profiles.managerName',
    kind: 'string',
    default: 'clusterset-apiserver',
    description:
      'Name of this server as a cluster manager, in the ClusterProfiles that it serves and in those of others that it must not take for theirs. Never change it while profiles exist: it is part of what they are.',
  },
] as const satisfies readonly Setting[];
