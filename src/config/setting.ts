/** What kinds of value a setting takes, and how it is written in a file or after a flag. */
export type SettingKind = 'string' | 'integer' | 'boolean' | 'strings' | 'choice';

/** One setting: the only source of its schema, its flag, its default, and its line in the README. */
export interface Setting {
  /** Dotted place in the configuration file. */
  readonly path: string;
  /** Command line flag without dashes; settings without one are set in the file only. */
  readonly flag?: string;
  readonly kind: SettingKind;
  readonly unit?: string;
  readonly default?: string | number | boolean | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  readonly description: string;
}
