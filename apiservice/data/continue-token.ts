import { isJsonObject } from '../../src/kube/object.ts';
import type { ObjectKey } from '../../src/kube/object.ts';
import { keyString, parseKeyString } from '../../src/kube/object.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import type { Revision } from '../../src/kube/revision.ts';
import { toRevision } from '../../src/kube/revision.ts';
import type { Scope } from '../../src/store/types.ts';

/** Where the next page begins. */
export interface ContinueToken {
  readonly scope: Scope;
  /** The revision of the first page; undefined goes on at the latest state, after the first one expired. */
  readonly revision: Revision | undefined;
  /** The last key of the page before. */
  readonly after: ObjectKey;
}

const VERSION = 'meta.k8s.io/v1';
const LATEST = -1;
const NOT_VALID = 'continue key is not valid';
const TOKEN_CHARACTERS_MAX = 4096;

/** Opaque to clients. */
export function encodeContinue(token: ContinueToken): string {
  const { resource, namespace } = token.scope;
  const content = { v: VERSION, rv: token.revision ?? LATEST, start: keyString(token.after), resource, namespace };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** The error is the text for the 400. A token of another resource or namespace is not valid here. */
export function decodeContinue(text: string, scope: Scope): Outcome<ContinueToken, string> {
  const content = parseContent(text);
  if (content === undefined) return failed(NOT_VALID);
  const { v: version, rv, start, resource, namespace } = content;
  if (version !== VERSION) return failed(`${NOT_VALID}: server does not recognize this encoded version`);
  if (!isTokenRevision(rv)) {
    return failed(`${NOT_VALID}: incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  if (typeof start !== 'string' || start === '') {
    return failed(`${NOT_VALID}: encoded start key empty (version ${VERSION})`);
  }
  const isOurs = resource === scope.resource && namespace === scope.namespace && start.includes('/');
  if (!isOurs) return failed(NOT_VALID);
  return succeeded({ scope, revision: rv === LATEST ? undefined : toRevision(rv), after: parseKeyString(start) });
}

function isTokenRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && (value > 0 || value === LATEST);
}

function parseContent(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > TOKEN_CHARACTERS_MAX || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isJsonObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}
