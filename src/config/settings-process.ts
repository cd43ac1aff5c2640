import type { Setting } from './setting.ts';

export const LIMITS = [
  {
    path: 'limits.readsInFlight',
    kind: 'integer',
    unit: 'requests',
    default: 400,
    minimum: 1,
    maximum: 100_000,
    description: 'Short read requests served at once; more are answered 429.',
  },
  {
    path: 'limits.writesInFlight',
    kind: 'integer',
    unit: 'requests',
    default: 200,
    minimum: 1,
    maximum: 100_000,
    description: 'Write requests served at once; more are answered 429.',
  },
  {
    path: 'limits.watches',
    kind: 'integer',
    unit: 'watches',
    default: 5000,
    minimum: 1,
    maximum: 100_000,
    description: 'Open watches; more are answered 429.',
  },
  {
    path: 'limits.encodedCacheMiB',
    kind: 'integer',
    unit: 'MiB',
    default: 256,
    minimum: 1,
    maximum: 65_536,
    description: 'Encoded bodies kept, least recently used go first.',
  },
  {
    path: 'limits.historyEvents',
    kind: 'integer',
    unit: 'events per resource',
    default: 20_000,
    minimum: 100,
    maximum: 10_000_000,
    description: 'Changes kept for clients that resume a watch.',
  },
  {
    path: 'limits.historyMiB',
    kind: 'integer',
    unit: 'MiB per resource',
    default: 64,
    minimum: 1,
    maximum: 65_536,
    description: 'Estimated size of the kept changes.',
  },
] as const satisfies readonly Setting[];

export const PROCESS = [
  {
    path: 'durable.directory',
    flag: 'durable-directory',
    kind: 'string',
    description:
      'Directory for what must last: member snapshots, start counter, revision mark, our CA. Default: objects in hub.namespace on the hub; stand-alone .clusterset; with the embedded example .clusterset/embedded, where nothing of members is kept.',
  },
  {
    path: 'log.level',
    flag: 'log-level',
    kind: 'choice',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    description: 'Least severe log line that is written. With the embedded example the default is warn.',
  },
  {
    path: 'shutdown.delaySeconds',
    flag: 'shutdown-delay-duration',
    kind: 'integer',
    unit: 'seconds',
    default: 0,
    minimum: 0,
    maximum: 300,
    description: 'How long readiness fails before connections are ended, so that endpoints can drain.',
  },
  {
    path: 'embedded.enabled',
    flag: 'embedded',
    kind: 'boolean',
    default: false,
    description:
      'Run three small member clusters inside the process, to try the product. Refused together with a hub or in a pod.',
  },
  {
    path: 'embedded.changing',
    flag: 'embedded-changing',
    kind: 'boolean',
    default: true,
    description: 'Let the embedded example change slowly, so that a watch shows life.',
  },
] as const satisfies readonly Setting[];
