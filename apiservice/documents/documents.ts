import type { JsonObject } from '../../src/kube/object.ts';
import type { ServedResource } from '../types.ts';
import type { AnswerDocument } from './answer.ts';
import {
  INDEX_CONTENT_TYPE,
  addressedByHash,
  hashOf,
  jsonBytes,
  legacyDocument,
  openApiDocument,
  plainDocument,
  typedDocuments,
} from './answer.ts';
import type { AggregatedVersion } from './discovery.ts';
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from './discovery.ts';
import { openApiV2 } from './openapi-v2.ts';
import { openApiV3 } from './openapi-v3.ts';
import type { ServedGroup } from './served-version.ts';
import { groupsOf, versionPath } from './served-version.ts';
import type { Documents, DocumentsOptions } from './types.ts';

type Entry = readonly [path: string, answer: AnswerDocument];

/** Builds all documents once; afterwards an answer is a look-up. */
export function buildDocuments(served: readonly ServedResource[], options: DocumentsOptions): Documents {
  const groups = groupsOf(served);
  const named = groups.filter(({ name }) => name !== '');
  const core = groups.filter(({ name }) => name === '');
  const answers = new Map<string, AnswerDocument>([
    ...withoutAndWithSlash([
      ['/version', plainDocument({ ...options.version })],
      ...core.map((group): Entry => ['/api', discoveryRoot(core, legacyDocument(coreVersions(group)))]),
      ['/apis', discoveryRoot(named, legacyDocument(groupList(named)))],
      ...named.map((group): Entry => [`/apis/${group.name}`, legacyDocument(groupDocument(group))]),
      ...groups.flatMap((group) =>
        group.versions.map((version): Entry => [`/${versionPath(version)}`, legacyDocument(resourceList(version))]),
      ),
    ]),
    ...openApiEntries(groups, options),
  ]);
  const listed = [...answers.keys(), ...options.otherPaths].filter((path) => !path.endsWith('/')).toSorted();
  answers.set('/', plainDocument({ paths: [...new Set(listed)] }));
  return {
    paths: [...answers.keys()].toSorted(),
    answer: (path, request) => answers.get(path)?.(request),
  };
}

/**
 * Aggregated discovery in both versions, or the legacy list. kube-apiserver itself has given v2beta1 up, but aggregators up to 1.29 ask for
 * nothing else.
 */
function discoveryRoot(groups: readonly ServedGroup[], legacy: AnswerDocument): AnswerDocument {
  const forms = (['v2', 'v2beta1'] satisfies AggregatedVersion[]).map((version) => ({
    document: aggregatedDiscovery(groups, version),
    parameters: { g: 'apidiscovery.k8s.io', v: version, as: 'APIGroupDiscoveryList' },
  }));
  return typedDocuments(forms, legacy);
}

function openApiEntries(groups: readonly ServedGroup[], { version, clock }: DocumentsOptions): readonly Entry[] {
  const versions = groups.flatMap((group) => group.versions);
  const v3 = versions.map((served) => {
    const document = openApiV3(served, version.gitVersion);
    return { key: versionPath(served), document, hash: hashOf(jsonBytes(document)) };
  });
  const index: JsonObject = {
    paths: Object.fromEntries(
      v3.map(({ key, hash }) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` }]),
    ),
  };
  return [
    ['/openapi/v2', openApiDocument(openApiV2(versions, version.gitVersion))],
    ['/openapi/v3', openApiDocument(index, INDEX_CONTENT_TYPE)],
    ...v3.map(({ key, document, hash }): Entry => [
      `/openapi/v3/${key}`,
      addressedByHash(openApiDocument(document), hash, clock),
    ]),
  ];
}

/** kube-apiserver answers discovery with and without a slash at the end. */
function withoutAndWithSlash(entries: readonly Entry[]): readonly Entry[] {
  return entries.flatMap(([path, answer]): Entry[] => [
    [path, answer],
    [`${path}/`, answer],
  ]);
}
