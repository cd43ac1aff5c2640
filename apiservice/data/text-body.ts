import { stringify } from 'yaml';
import { stringifyJson } from '../../src/kube/json.ts';
import type { Encoding } from './negotiation.ts';

/** How a body is written out: compact JSON from shared bytes, or made for the occasion. */
export type Layout = 'compact' | 'pretty' | 'yaml';

export function layoutOf(encoding: Encoding, pretty: boolean): Layout {
  return encoding === 'yaml' ? 'yaml' : pretty ? 'pretty' : 'compact';
}

/** A whole body that holds no long list. Only compact JSON ends with a line break, as in kube-apiserver. */
export function wholeText(value: unknown, layout: Layout): string {
  switch (layout) {
    case 'compact':
      return `${stringifyJson(value)}\n`;
    case 'pretty':
      return stringifyJson(value, 2);
    case 'yaml':
      return yamlText(value);
  }
}

/** The parts of a list around its elements, and how one element is written. */
export interface ListText {
  /** Without elements the list is only this. */
  readonly empty: string;
  readonly open: string;
  readonly separator: string;
  readonly close: string;
  readonly element: (value: unknown) => string;
}

/** Splits `{…fields, [listField]: [elements]}` so that elements can be written one by one; `listField` comes last. */
export function listText(fields: Readonly<Record<string, unknown>>, listField: string, layout: Layout): ListText {
  const empty = wholeText({ ...fields, [listField]: [] }, layout);
  const open = empty.slice(0, empty.lastIndexOf('[') + 1);
  switch (layout) {
    case 'compact':
      return { empty, open, separator: ',', close: ']}\n', element: (value) => stringifyJson(value) };
    case 'pretty': {
      const element = (value: unknown): string => indent(stringifyJson(value, 2), '    ');
      return { empty, open: `${open}\n`, separator: ',\n', close: '\n  ]\n}', element };
    }
    case 'yaml': {
      const element = (value: unknown): string => `- ${indent(yamlText(value), '  ').slice(2)}`;
      return { empty, open: `${yamlText(fields)}${listField}:\n`, separator: '', close: '', element };
    }
  }
}

/** YAML 1.1 rules decide what is quoted: kubectl and Go read `yes` and `on` as booleans. Keys are sorted, as in Go. */
function yamlText(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    lineWidth: 0,
    indentSeq: false,
    aliasDuplicateObjects: false,
    sortMapEntries: true,
  });
}

/** Empty lines stay empty: inside a block scalar they mean the same with and without indentation. */
function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
