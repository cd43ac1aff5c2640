import type { Setting } from './setting.ts';

export const WRITES = [
  {
    path: 'writes.reviewCluster',
    kind: 'boolean',
    default: false,
    description:
      'Ask the authorizer a second time for each write: verb write on memberclusters.clusterset-apiserver.dev, named as the member, in the namespace of the object. So a Role can be for one member only.',
  },
  {
    path: 'writes.impersonate',
    kind: 'boolean',
    default: false,
    description:
      'Write to members as the caller instead of as our own account there, which then needs the right to impersonate. Users and groups system:* are never passed on, but for system:authenticated; members of system:masters are refused.',
  },
  {
    path: 'writes.impersonateExtras',
    kind: 'strings',
    default: [],
    description: 'Extra attributes of callers that are passed on with writes.impersonate; all others are not.',
  },
  {
    path: 'audit.enabled',
    kind: 'boolean',
    default: true,
    description:
      'Write one line for each write to a member or a profile: who, cluster, object, verb, result, audit id.',
  },
  {
    path: 'audit.file',
    flag: 'audit-file',
    kind: 'string',
    description:
      'File that these lines are appended to, as JSON. Default: they go to the log, whatever log.level is (the embedded example keeps to it).',
  },
] as const satisfies readonly Setting[];
