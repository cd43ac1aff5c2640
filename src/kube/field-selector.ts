import type { ObjectKey } from './object.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** One term of a field selector; all terms must hold. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** [] selects everything. */
export type FieldSelector = readonly FieldRequirement[];

const OPERATOR = /!=|==|=/;

/** Reads `path=value`, `path==value` and `path!=value`, joined by commas, with `\` as escape (apimachinery pkg/fields). */
export function parseFieldSelector(text: string): Outcome<FieldSelector, string> {
  const selector: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const operator = OPERATOR.exec(term);
    if (operator === null) return failed(`invalid selector: '${text}'; can't understand '${term}'`);
    const value = unescapeValue(term.slice(operator.index + operator[0].length));
    if (!value.ok) return value;
    selector.push({ field: term.slice(0, operator.index), equal: operator[0] !== '!=', value: value.value });
  }
  return succeeded(selector);
}

/** The first field that may not be selected by; metadata.namespace exists for namespaced resources only. */
export function unsupportedField(selector: FieldSelector, namespaced: boolean): string | undefined {
  return selector.find(({ field }) => field !== 'metadata.name' && !(namespaced && field === 'metadata.namespace'))
    ?.field;
}

/** Looks at metadata.name and metadata.namespace, the only fields that can be selected by. */
export function matchesFields(selector: FieldSelector, key: ObjectKey): boolean {
  return selector.every(({ field, equal, value }) => {
    const actual = field === 'metadata.namespace' ? key.namespace : key.name;
    return (actual === value) === equal;
  });
}

/** The one name that the selector demands, if it does; authorization treats it like a name in the path. */
export function requiredName(selector: FieldSelector): string | undefined {
  return selector.find(({ field, equal }) => field === 'metadata.name' && equal)?.value;
}

/** At commas that no backslash escapes; sorted, as kube-apiserver reads them (it decides which fault is told). */
function splitTerms(text: string): readonly string[] {
  return (text.match(/(?:\\[\s\S]|[^\\,]|\\$)+/g) ?? []).sort();
}

function unescapeValue(text: string): Outcome<string, string> {
  let value = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === ',' || character === '=') {
      return failed(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    index += 1;
    const escaped = text.charAt(index);
    if (escaped !== '\\' && escaped !== ',' && escaped !== '=') {
      return failed(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return succeeded(value);
}
