import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { coversApplication, parseAccept } from '../accept.ts';

/** What a body shows of an object. The metadata forms differ by endpoint only: the one of lists is answered on LIST. */
export type Form =
  | { readonly type: 'object' }
  | { readonly type: 'table'; readonly metaVersion: MetaVersion }
  | { readonly type: 'metadata'; readonly metaVersion: MetaVersion; readonly list: boolean };

export type MetaVersion = 'v1' | 'v1beta1';
export type Encoding = 'json' | 'yaml';

export interface Negotiated {
  readonly encoding: Encoding;
  readonly form: Form;
  /** `;pretty=1` of the clause that was taken. */
  readonly pretty: boolean;
}

/** What an endpoint can answer with. */
export interface Allowed {
  readonly encodings: readonly Encoding[];
  /** False where only plain objects make sense. */
  readonly transforms: boolean;
  /** True on watch: `;stream=watch` is understood everywhere, but the message of a refusal names it. */
  readonly streams: boolean;
}

export const READ_FORMS: Allowed = { encodings: ['json', 'yaml'], transforms: true, streams: false };
export const WATCH_FORMS: Allowed = { encodings: ['json'], transforms: true, streams: true };

/**
 * Takes the first clause of an Accept header that can be satisfied, ordered by quality and with wildcards last. A clause
 * with an impossible `as`, `g` or `v` is passed over, so that clients fall back (protobuf, CBOR, unknown forms). As in
 * kube-apiserver media types are compared case-sensitively and `q=0` does not exclude. The error is the list of types
 * for the 406.
 */
export function negotiate(accept: string | undefined, allowed: Allowed): Outcome<Negotiated, readonly string[]> {
  for (const clause of parseAccept(accept)) {
    const encoding = allowed.encodings.find((candidate) => coversApplication(clause, candidate));
    const form = encoding === undefined ? undefined : formOf(clause.params, allowed);
    if (encoding !== undefined && form !== undefined) {
      return succeeded({ encoding, form, pretty: clause.params.get('pretty') === '1' });
    }
  }
  return failed(
    allowed.encodings.map((encoding) => `application/${encoding}${allowed.streams ? ';stream=watch' : ''}`),
  );
}

/**
 * `pretty` in the query decides when it is not empty (anything but Go's spellings of true is false); otherwise people's
 * tools get indented JSON.
 */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty') ?? '';
  if (asked !== '') return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '');
}

/** undefined: this clause cannot be satisfied. */
function formOf(params: ReadonlyMap<string, string>, allowed: Allowed): Form | undefined {
  if ((params.get('stream') ?? 'watch') !== 'watch' || params.has('sv')) return undefined;
  if (!['as', 'g', 'v'].some((name) => params.has(name))) return { type: 'object' };
  const metaVersion = params.get('v');
  if (!allowed.transforms || params.get('g') !== 'meta.k8s.io') return undefined;
  return metaVersion === 'v1' || metaVersion === 'v1beta1' ? transformOf(params.get('as'), metaVersion) : undefined;
}

function transformOf(as: string | undefined, metaVersion: MetaVersion): Form | undefined {
  switch (as) {
    case 'Table':
      return { type: 'table', metaVersion };
    case 'PartialObjectMetadata':
      return { type: 'metadata', metaVersion, list: false };
    case 'PartialObjectMetadataList':
      return { type: 'metadata', metaVersion, list: true };
    default:
      return undefined;
  }
}
