import type { Setting } from './setting.ts';
import { ADMISSION } from './settings-admission.ts';
import { EVENTS, HUB, MEMBERS } from './settings-clusterset.ts';
import { INVENTORIES } from './settings-inventories.ts';
import { PROFILES } from './settings-profiles.ts';
import { LIMITS, PROCESS } from './settings-process.ts';
import { REQUEST_HEADER, SERVING } from './settings-serving.ts';
import { WEBHOOKS } from './settings-webhooks.ts';
import { WRITES } from './settings-writes.ts';

/** Every setting, in the order in which the README lists them. */
export const SETTINGS = [
  ...HUB,
  ...SERVING,
  ...REQUEST_HEADER,
  ...MEMBERS,
  ...INVENTORIES,
  ...PROFILES,
  ...ADMISSION,
  ...WEBHOOKS,
  ...WRITES,
  ...EVENTS,
  ...LIMITS,
  ...PROCESS,
] as const;

type AnySetting = (typeof SETTINGS)[number];
type KindValue<S extends Setting> = S['kind'] extends 'integer'
  ? number
  : S['kind'] extends 'boolean'
    ? boolean
    : S['kind'] extends 'strings'
      ? readonly string[]
      : S extends { choices: readonly (infer C)[] }
        ? C
        : string;
type ValueOf<S extends Setting> = 'default' extends keyof S ? KindValue<S> : KindValue<S> | undefined;

/** The whole configuration, keyed by the dotted path of each setting. */
export type Config = { readonly [S in AnySetting as S['path']]: ValueOf<S> };
