import type { ServerResponse } from 'node:http';
import { addWarning } from '../data/send.ts';

/** All Warning texts of one response, in characters: beyond it further ones are left out, as kube-apiserver does. */
const WARNINGS_CHARS_MAX = 4_096;
/** A text that would go beyond is cut to this, if there is room for that. */
const WARNING_CHARS_CUT = 256;

/** Adds Warning headers to a response: each text once, and no more than clients and proxies take. */
export function createWarner(response: ServerResponse): (text: string) => void {
  const told = new Set<string>();
  let chars = 0;
  return (text) => {
    // The deadline may have answered before the member did.
    if (told.has(text) || response.headersSent) return;
    told.add(text);
    const fitting = chars + text.length <= WARNINGS_CHARS_MAX ? text : text.slice(0, WARNING_CHARS_CUT);
    if (chars + fitting.length > WARNINGS_CHARS_MAX) return;
    chars += fitting.length;
    addWarning(response, fitting);
  };
}
