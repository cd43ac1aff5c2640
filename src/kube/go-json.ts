import { stringifyJson } from './json.ts';
import type { JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';

/** Characters that Go's encoder escapes so that the text is safe inside HTML and JavaScript. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** JSON as Go's json.Marshal writes a map: keys sorted, some characters escaped. For texts that quote a value. */
export function goJson(value: JsonValue | undefined): string {
  if (isJsonList(value)) return `[${value.map(goJson).join(',')}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value).sort();
    return `{${members.map((key) => `${goJson(key)}:${goJson(value[key])}`).join(',')}}`;
  }
  return stringifyJson(value ?? null).replace(ESCAPED, escaped);
}

/** What Go calls a JSON value of the wrong type. */
export function goJsonType(value: JsonValue | undefined): string {
  if (isJsonList(value)) return 'array';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'object':
      return 'object';
    default:
      return 'number';
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
