const ACCEPT_CLAUSES_MAX = 64;

/** One clause of an Accept header; parameters as sent, without q. */
export interface AcceptClause {
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The clauses in order of preference: quality first, then concrete before wildcard, then as written. No header, or an
 * empty one, is one clause for anything. As in kube-apiserver media types are compared case-sensitively and q=0 does
 * not exclude.
 */
export function parseAccept(header: string | undefined): readonly AcceptClause[] {
  const clauses = (header ?? '')
    .split(',', ACCEPT_CLAUSES_MAX)
    .filter((text) => text.trim() !== '')
    .map(parseClause);
  if (clauses.length === 0) return [{ mediaType: '*/*', parameters: new Map() }];
  return clauses.toSorted((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
}

/** True if the clause allows this media type; its parameters are the caller's business. */
export function covers(clause: AcceptClause, mediaType: string): boolean {
  const [type = ''] = mediaType.split('/');
  return ['*', '*/*', `${type}/*`, mediaType].includes(clause.mediaType);
}

function parseClause(text: string): AcceptClause & { readonly quality: number } {
  const [mediaType = '', ...parts] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of parts) {
    const [name = '', value = ''] = part.split('=').map((side) => side.trim());
    parameters.set(name, value);
  }
  const quality = Number(parameters.get('q') ?? '1');
  parameters.delete('q');
  return { mediaType, parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

function wildcards(clause: AcceptClause): number {
  return clause.mediaType.split('*').length - 1;
}
