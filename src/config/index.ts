export { loadConfiguration } from './load.ts';
export type { Defaults, FlagValues } from './load.ts';
export { settingsTable } from './reference.ts';
export { SETTINGS } from './settings.ts';
export type { Setting } from './setting.ts';
export type { Config } from './settings.ts';
