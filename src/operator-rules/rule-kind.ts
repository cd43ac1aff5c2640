import { type CelShape, shapeOfKind } from '../cel/index.ts';
import { ADMISSION_SUBJECTS } from '../resources/index.ts';
import type { WrittenMatch } from './document.ts';

/** A kind whose fields are known, in the version that rules see. */
export interface RuleKind {
  /** `multicluster.x-k8s.io/v1beta1, Kind=ServiceExport`, as kube-apiserver names it in such messages. */
  readonly name: string;
  readonly shape: CelShape;
}

const KINDS: ReadonlyMap<string, RuleKind> = new Map(
  ADMISSION_SUBJECTS.flatMap(({ group, resource, kind, versions: [version = ''], schema }) => {
    if (schema === undefined) return [];
    return [[`${resource}.${group}`, { name: `${group}/${version}, Kind=${kind}`, shape: shapeOfKind(schema) }]];
  }),
);

/** The kind that a rule is about; undefined where it may be about several, or about one that nothing is known of. */
export function kindOf({ groups, resources }: Pick<WrittenMatch, 'groups' | 'resources'>): RuleKind | undefined {
  const parents = new Set(resources.map((resource) => resource.split('/')[0] ?? ''));
  const [group, ...otherGroups] = new Set(groups);
  const [parent, ...otherParents] = parents;
  if (otherGroups.length > 0 || otherParents.length > 0) return undefined;
  return KINDS.get(`${parent ?? ''}.${group ?? ''}`);
}
